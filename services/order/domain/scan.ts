export type ScanDirection = 'in' | 'out';
export type ScanOutcome = 'ADMITTED' | 'LEFT' | 'ALREADY_INSIDE' | 'NOT_INSIDE' | 'NOT_VALID' | 'REFUNDED';

/** One passage at a gate, as the scanner says; `atMs` is the scanner's clock. */
export interface Scan {
  readonly gate: string;
  readonly direction: ScanDirection;
  readonly atMs: number;
}

export interface ScanVerdict {
  readonly outcome: ScanOutcome;
  /** For ALREADY_INSIDE and NOT_INSIDE: the passage that stands against this one. */
  readonly previous: Scan | undefined;
}
