import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { LANGUAGES, type Language } from './looks.ts';
import { PICTURES, type Picture } from './pictures.ts';

/** Of a picture: a page of a handbook shows several, and a clone has them all. */
const MAX_BYTES = 60_000;
/** The best that fits. */
const QUALITIES = [0.85, 0.75, 0.65, 0.55, 0.45, 0.35];
const GAP = 12;

/** Of the browser: draws parts of pictures beside each other, and answers them as WebP in Base64. */
const DRAW = `async ({ files, top, height, width, gap, quality }) => {
  const images = await Promise.all(files.map(async (file) => {
    const image = new Image();
    image.src = 'data:image/png;base64,' + file;
    await image.decode();
    return image;
  }));
  const shown = images.map((image) => {
    const taken = Math.min(height, image.naturalHeight - top);
    return { image, taken, drawn: Math.round((taken * width) / image.naturalWidth) };
  });
  const canvas = document.createElement('canvas');
  canvas.width = shown.length * (width + gap) - gap;
  canvas.height = Math.max(...shown.map(({ drawn }) => drawn));
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  for (const [place, { image, taken, drawn }] of shown.entries()) {
    context.drawImage(image, 0, top, image.naturalWidth, taken, place * (width + gap), 0, width, drawn);
  }
  return canvas.toDataURL('image/webp', quality).split(',')[1];
}`;

/** The names of the screenshots that the pictures of the documents are made of. */
export const namesOfScreenshots = (): readonly string[] =>
  PICTURES.flatMap((picture) => LANGUAGES.flatMap((language) => namesOf(picture, language)));

/**
 * Makes the pictures of the documents out of the screenshots in `from`, into `<docs>/pictures` and `<docs>/zh/pictures`. Resolves
 * to how many there are.
 * @throws Error naming every screenshot that is missing.
 */
export async function makePictures(from: string, docs: string): Promise<number> {
  const wanted = PICTURES.flatMap((picture) => LANGUAGES.map((language) => ({ picture, language })));
  const missing = wanted.flatMap(({ picture, language }) =>
    filesOf(from, picture, language).filter((file) => !existsSync(file)),
  );
  if (missing.length > 0) {
    throw new Error(`\`pnpm screenshots\` has to make these first:\n  ${[...new Set(missing)].join('\n  ')}`);
  }
  const { launchBrowser } = await import('@ticket-check/browser');
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    for (const { picture, language } of wanted) {
      const into = join(docs, language === 'zh' ? 'zh' : '', 'pictures');
      await mkdir(into, { recursive: true });
      await writeFile(join(into, `${picture.name}.webp`), await draw(page, from, picture, language));
    }
  } finally {
    await browser.close();
  }
  return wanted.length;
}

async function draw(page: Page, from: string, picture: Picture, language: Language): Promise<Buffer> {
  const files = await Promise.all(filesOf(from, picture, language).map((file) => readFile(file, 'base64')));
  const { top = 0, height, width } = picture;
  for (const quality of QUALITIES) {
    const asked = JSON.stringify({ files, top, height, width, gap: GAP, quality });
    const made = Buffer.from((await page.evaluate(`(${DRAW})(${asked})`)) as string, 'base64');
    if (made.length < MAX_BYTES) return made;
  }
  throw new Error(`${picture.name} takes more than ${MAX_BYTES} bytes: show less of it`);
}

const namesOf = ({ of }: Picture, language: Language): string[] => of.map((name) => name.replace('LANGUAGE', language));
const filesOf = (from: string, picture: Picture, language: Language): string[] =>
  namesOf(picture, language).map((name) => join(from, `${name}.png`));
