import { type HeldCode, isStillHeld } from '../src/kiosk/screen/held-code.ts';
import { element } from './elements.ts';

/** Scans a text; returns whether it was admitted. */
type Read = (text: string) => Promise<boolean>;

/** The used part of zxing-wasm, which is loaded when the camera is switched on. */
type Reader = {
  prepareZXingModule(options: { overrides: { locateFile(file: string): string } }): void;
  readBarcodes(image: ImageData, options: object): Promise<{ text: string; isValid: boolean }[]>;
};

const LOOK_EVERY_MS = 200;
const FAILURE_SHOWN_MS = 5000;
/** Wide enough for a code of 352 characters that fills a third of the picture. */
const WIDTH = 1280;

const FILES = new URL('../camera/', import.meta.url);

/** Offers the machine's camera if there is no scanner, or if it fails. */
export function offerCamera(read: Read): void {
  const button = element('camera-switch', HTMLButtonElement);
  const box = element('camera', HTMLElement);
  const video = element('picture', HTMLVideoElement);
  const says = element('camera-says', HTMLElement);
  let stop: (() => void) | null = null;

  function show(isOn: boolean, said: string): void {
    button.setAttribute('aria-pressed', `${isOn}`);
    box.hidden = !isOn && said === '';
    says.textContent = said;
  }

  async function start(): Promise<void> {
    button.disabled = true;
    show(true, '正在打开摄像头 Opening the camera');
    try {
      stop = await watch(video, read);
      show(true, '请将二维码对准摄像头 Hold the code before the camera');
    } catch (error) {
      show(
        false,
        error instanceof DOMException
          ? '没有可用的摄像头 No camera can be used'
          : '扫码组件未能加载 The reader could not be loaded',
      );
      setTimeout(() => {
        if (stop === null) show(false, '');
      }, FAILURE_SHOWN_MS);
    } finally {
      button.disabled = false;
    }
  }

  if (navigator.mediaDevices === undefined) button.hidden = true;
  button.addEventListener('click', () => {
    if (stop === null) return void start();
    stop();
    stop = null;
    show(false, '');
  });
}

/** Reads the camera's pictures until it is stopped. */
async function watch(video: HTMLVideoElement, read: Read): Promise<() => void> {
  const module: Reader = await import(new URL('es/reader/index.js', FILES).href);
  module.prepareZXingModule({ overrides: { locateFile: (file) => new URL(`reader/${file}`, FILES).href } });
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment', width: { ideal: WIDTH } },
  });
  video.srcObject = stream;
  await video.play();
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  let last: HeldCode | null = null;
  let isLooking = false;

  async function look(): Promise<void> {
    if (isLooking || context === null || video.videoWidth === 0) return;
    isLooking = true;
    try {
      const scale = Math.min(1, WIDTH / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const image = context.getImageData(0, 0, canvas.width, canvas.height);
      const found = await module.readBarcodes(image, { formats: ['QRCode'], maxNumberOfSymbols: 1 });
      const text = found.find(({ isValid }) => isValid)?.text ?? '';
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
  return () => {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
}
