/** How long the code that was just read is not read again: it stays before the camera for a while. */
const SAME_CODE_MS = 5_000;
/** Between two looks; a phone stays cool and people notice no delay. */
const PAUSE_MS = 90;

/** Why there is no picture: `insecure`, `missing`, `denied` or `broken`. */
export class CameraTrouble extends Error {
  constructor(why) {
    super(why);
    this.why = why;
  }
}

export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

/**
 * Shows the camera that looks away from the holder in `video` and tells `onCode` of each QR code that comes before it; while `onCode`
 * is at work, nothing is read. Resolves once the picture is there. Throws CameraTrouble.
 */
export async function openCamera(video, onCode) {
  const [stream, reader] = await Promise.all([pictureOf(), readerOf()]);
  const [track] = stream.getVideoTracks();
  let open = true;
  video.srcObject = stream;
  await video.play();
  // A scanner that goes dark between two guests would be unlocked all evening. Refused on low battery, then it goes dark.
  let awake = await navigator.wakeLock?.request('screen').catch(() => undefined);
  const stayAwake = async () => {
    if (document.visibilityState === 'visible') awake = await navigator.wakeLock?.request('screen').catch(() => awake);
  };
  document.addEventListener('visibilitychange', stayAwake);
  void watch();

  async function watch() {
    let last = '';
    let lastAt = 0;
    while (open && track.readyState === 'live') {
      const [found] = await reader.detect(video).catch(() => []);
      if (found && (found.rawValue !== last || performance.now() - lastAt > SAME_CODE_MS)) {
        last = found.rawValue;
        await onCode(last);
        lastAt = performance.now();
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  return {
    /** Whether the lamp beside the camera can be switched. */
    canLight: Boolean(track.getCapabilities?.().torch),
    light: (on) => track.applyConstraints({ advanced: [{ torch: on }] }),
    close() {
      open = false;
      document.removeEventListener('visibilitychange', stayAwake);
      awake?.release();
      for (const one of stream.getTracks()) one.stop();
      video.srcObject = null;
    },
  };
}

async function pictureOf() {
  // Browsers hide cameras from pages that came without TLS.
  if (!hasCamera()) throw new CameraTrouble(globalThis.isSecureContext ? 'missing' : 'insecure');
  const video = { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } };
  try {
    return await navigator.mediaDevices.getUserMedia({ video });
  } catch (error) {
    if (error.name === 'NotAllowedError' || error.name === 'SecurityError') throw new CameraTrouble('denied');
    throw new CameraTrouble(error.name === 'NotFoundError' ? 'missing' : 'broken');
  }
}

/** The browser's own reader where there is one (it costs less), else one that is loaded now, 15 kB. */
export async function readerOf() {
  const formats = ['qr_code'];
  const own = globalThis.BarcodeDetector;
  if (own && (await own.getSupportedFormats().catch(() => [])).includes('qr_code')) return new own({ formats });
  const { BarcodeDetector } = await import('./qr-decoder.gen.js');
  return new BarcodeDetector({ formats });
}
