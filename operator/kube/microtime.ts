/** A Kubernetes MicroTime: RFC 3339 with exactly six digits, or the API server answers 400. */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.(\d{3})Z$/, '.$1000Z');
}
