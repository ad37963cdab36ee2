import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import type { Pixels } from './read-symbols.ts';

const POINTS_PER_INCH = 72;

/** A page of a PDF file as a printer gets it, and the text that a reader can select on it. */
type RenderedPage = { readonly pixels: Pixels; readonly text: string };

/** Renders each page with PDFium, the program that Chromium shows and prints PDF files with. */
export async function renderPdf(file: Uint8Array, dpi: number): Promise<RenderedPage[]> {
  const wasm = await readFile(fileURLToPath(import.meta.resolve('@hyzyla/pdfium/pdfium.wasm')));
  const library = await PDFiumLibrary.init({
    wasmBinary: new Uint8Array(wasm).buffer,
  });
  const document = await library.loadDocument(file);
  try {
    const pages: RenderedPage[] = [];
    for (const page of document.pages()) {
      const text = page.getText();
      const { originalWidth, originalHeight } = page.getOriginalSize();
      // The scale alone would be that of a page of whole points.
      const { data, width, height } = await page.render({
        scale: 1,
        width: Math.round((originalWidth * dpi) / POINTS_PER_INCH),
        height: Math.round((originalHeight * dpi) / POINTS_PER_INCH),
        render: async (rendered) => rendered.data,
      });
      pages.push({ text, pixels: { data: new Uint8ClampedArray(data), width, height } });
    }
    return pages;
  } finally {
    document.destroy();
    library.destroy();
  }
}
