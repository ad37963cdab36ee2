import { type HeldCode, isStillHeld } from '../src/kiosk/screen/held-code.ts';
import { element } from './elements.ts';

type Read = (text: string) => Promise<boolean>;

/** Finds the text of a QR code in the camera's picture; empty if there is none. */
type Reader = (video: HTMLVideoElement) => Promise<string>;

/** What some browsers read codes with themselves; TypeScript does not know it. */
type Detector = {
  new (options: { formats: readonly string[] }): { detect(image: HTMLVideoElement): Promise<{ rawValue: string }[]> };
  getSupportedFormats(): Promise<readonly string[]>;
};

/** The light of a camera, which phones have. */
type Torch = { torch?: boolean };

const LOOK_EVERY_MS = 200;
const FAILURE_SHOWN_MS = 5000;
/** Wide enough for a code of 352 characters that fills a third of the picture. */
const WIDTH = 1280;

const FILES = new URL('../camera/', import.meta.url);

/** Offers the machine's camera, which fills the page behind the answers. @param isOn whether it is switched on at once */
export function offerCamera(read: Read, isOn: boolean): void {
  const button = element('camera-switch', HTMLButtonElement);
  const box = element('camera', HTMLElement);
  const video = element('picture', HTMLVideoElement);
  const torch = element('torch', HTMLButtonElement);
  const says = element('camera-says', HTMLElement);
  let watching: AbortController | null = null;

  function show(isOn: boolean, said: string): void {
    button.setAttribute('aria-pressed', `${isOn}`);
    box.hidden = !isOn && said === '';
    document.body.toggleAttribute('data-camera', !box.hidden);
    says.textContent = said;
  }

  async function start(): Promise<void> {
    button.disabled = true;
    show(true, '正在打开摄像头 Opening the camera');
    const stopping = new AbortController();
    try {
      const track = await watch(video, read, stopping.signal);
      stayAwake(stopping.signal);
      watching = stopping;
      torch.hidden = (track?.getCapabilities?.() as Torch | undefined)?.torch !== true;
      torch.setAttribute('aria-pressed', 'false');
      torch.onclick = async () => {
        const isLit = torch.getAttribute('aria-pressed') !== 'true';
        await track?.applyConstraints({ advanced: [{ torch: isLit } as MediaTrackConstraintSet] });
        torch.setAttribute('aria-pressed', `${isLit}`);
      };
      show(true, '请将二维码对准摄像头 Hold the code before the camera');
    } catch (error) {
      const said =
        error instanceof DOMException
          ? '没有可用的摄像头 No camera can be used'
          : '扫码组件未能加载 The reader could not be loaded';
      show(false, said);
      setTimeout(() => watching === null && show(false, ''), FAILURE_SHOWN_MS);
    } finally {
      button.disabled = false;
    }
  }

  if (navigator.mediaDevices === undefined) button.hidden = true;
  else if (isOn) void start();
  button.addEventListener('click', () => {
    if (watching === null) return void start();
    watching.abort();
    watching = null;
    torch.hidden = true;
    show(false, '');
  });
}

/** Keeps the screen on until `stopping` is aborted. Browsers end it when the page is not in front. */
function stayAwake(stopping: AbortSignal): void {
  async function ask(): Promise<void> {
    if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    const lock = await navigator.wakeLock.request('screen').catch(() => null);
    if (stopping.aborted) void lock?.release();
    stopping.addEventListener('abort', () => void lock?.release());
  }
  document.addEventListener('visibilitychange', ask, { signal: stopping });
  void ask();
}

async function loadReader(): Promise<Reader> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: Detector };
  if (BarcodeDetector !== undefined && (await BarcodeDetector.getSupportedFormats()).includes('qr_code')) {
    const detector = new BarcodeDetector({ formats: ['qr_code'] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? '';
  }
  // Loaded when the camera of another browser is switched on.
  const zxing: typeof import('zxing-wasm/reader') = await import(new URL('es/reader/index.js', FILES).href);
  zxing.prepareZXingModule({ overrides: { locateFile: (file: string) => new URL(`reader/${file}`, FILES).href } });
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, WIDTH / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context?.drawImage(video, 0, 0, canvas.width, canvas.height);
    const image = context?.getImageData(0, 0, canvas.width, canvas.height);
    if (image === undefined) return '';
    const found = await zxing.readBarcodes(image, { formats: ['QRCode'], maxNumberOfSymbols: 1 });
    return found.find(({ isValid }) => isValid)?.text ?? '';
  };
}

/** Reads the codes in the camera's picture until `stopping` is aborted. Returns the picture's track. */
async function watch(video: HTMLVideoElement, read: Read, stopping: AbortSignal) {
  const textIn = await loadReader();
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment', width: { ideal: WIDTH } },
  });
  video.srcObject = stream;
  await video.play();
  let last: HeldCode | null = null;
  let isLooking = false;

  async function look(): Promise<void> {
    if (isLooking || video.videoWidth === 0) return;
    isLooking = true;
    try {
      const text = await textIn(video);
      if (text !== '') see(text, performance.now());
    } finally {
      isLooking = false;
    }
  }

  function see(text: string, seenAt: number): void {
    const isHeld = isStillHeld(last, text, seenAt);
    last = { text, seenAt, isAdmitted: isHeld && (last?.isAdmitted ?? false) };
    if (isHeld) return;
    void read(text).then((isAdmitted) => {
      if (last?.text === text) last = { ...last, isAdmitted };
    });
  }

  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  stopping.addEventListener('abort', () => {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  });
  return stream.getVideoTracks()[0];
}
