import { element } from './elements.ts';

/** The part of zxing-wasm that is used; the module is loaded when the camera is switched on. */
type Reader = {
  prepareZXingModule(options: { overrides: { locateFile(file: string): string } }): void;
  readBarcodes(image: ImageData, options: object): Promise<{ text: string; isValid: boolean }[]>;
};

const LOOK_EVERY_MS = 200;
/** A code that stays before the camera is one scan. */
const SAME_CODE_MS = 5000;
/** Wide enough for a code of 352 characters that fills a third of the picture. */
const WIDTH = 1280;

const FILES = new URL('../camera/', import.meta.url);

/** Offers the camera of the machine where there is no scanner, or it fails. */
export function offerCamera(read: (text: string) => void): void {
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
      }, SAME_CODE_MS);
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

/** Looks at the picture of the camera until it is stopped. */
async function watch(video: HTMLVideoElement, read: (text: string) => void): Promise<() => void> {
  const module: Reader = await import(new URL('es/reader/index.js', FILES).href);
  module.prepareZXingModule({ overrides: { locateFile: (file) => new URL(`reader/${file}`, FILES).href } });
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment', width: { ideal: WIDTH } },
  });
  video.srcObject = stream;
  await video.play();
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  let last = { text: '', at: 0 };
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
      const now = performance.now();
      if (text === '') return;
      const isSame = text === last.text && now - last.at < SAME_CODE_MS;
      last = { text, at: now };
      if (!isSame) read(text);
    } finally {
      isLooking = false;
    }
  }

  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
}
