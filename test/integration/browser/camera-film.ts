import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import QRCode from 'qrcode';

const [WIDTH, HEIGHT] = [640, 480];
const FRAMES_PER_SECOND = 10;
/** Grey in both halves of colour. */
const COLOUR = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);

/** What stands before the camera for so many seconds: a QR code, or nothing. */
export interface Scene {
  readonly code?: string;
  readonly seconds: number;
}

/** A film for Chromium's `--use-file-for-fake-video-capture` (uncompressed, YUV4MPEG2), which plays it again and again. */
export async function writeFilm(file: string, scenes: readonly Scene[]): Promise<void> {
  const out = createWriteStream(file);
  out.write(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`);
  for (const { code, seconds } of scenes) {
    const picture = code === undefined ? Buffer.alloc(WIDTH * HEIGHT, 90) : pictureOf(code);
    for (let n = 0; n < seconds * FRAMES_PER_SECOND; n++) {
      out.write('FRAME\n');
      out.write(picture);
      out.write(COLOUR);
    }
  }
  out.end();
  await finished(out);
}

/** The code as a phone shows it: on white, in the middle of a dim room. */
function pictureOf(code: string): Buffer {
  const { modules } = QRCode.create(code, { errorCorrectionLevel: 'M' });
  const scale = Math.floor((HEIGHT - 20) / (modules.size + 8));
  const side = scale * (modules.size + 8);
  const [left, top] = [Math.floor((WIDTH - side) / 2), Math.floor((HEIGHT - side) / 2)];
  const picture = Buffer.alloc(WIDTH * HEIGHT, 60);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [row, column] = [Math.floor(y / scale) - 4, Math.floor(x / scale) - 4];
      const inside = row >= 0 && column >= 0 && row < modules.size && column < modules.size;
      picture[(top + y) * WIDTH + left + x] = inside && modules.get(row, column) ? 25 : 225;
    }
  }
  return picture;
}
