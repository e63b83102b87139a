import QRCode from 'qrcode';

export interface QrRectangles {
  /** Modules on a side, without the quiet zone. */
  readonly size: number;
  /** Dark runs of a row: x, y, width in modules; the height is one. */
  readonly runs: readonly { readonly x: number; readonly y: number; readonly width: number }[];
}

/** The QR code as few rectangles instead of a picture: sharp on paper at any size, and small in the file. */
export function qrRectangles(payload: string): QrRectangles {
  const { modules } = QRCode.create(payload, { errorCorrectionLevel: 'M' });
  const runs: { x: number; y: number; width: number }[] = [];
  for (let y = 0; y < modules.size; y += 1) {
    let start = -1;
    for (let x = 0; x <= modules.size; x += 1) {
      const dark = x < modules.size && modules.get(y, x) === 1;
      if (dark && start < 0) start = x;
      if (!dark && start >= 0) {
        runs.push({ x: start, y, width: x - start });
        start = -1;
      }
    }
  }
  return { size: modules.size, runs };
}
