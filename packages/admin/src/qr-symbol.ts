import QRCode from 'qrcode';

/** Light modules around the symbol, as GB/T 18284 wants them. */
const QUIET_ZONE = 4;

/**
 * Readers take a symbol with any mask. Finding the one that looks best costs ten times as much as all else, which thousands of pages
 * that are renewed twice a minute would spend most of a processor on.
 */
const SYMBOL = { errorCorrectionLevel: 'M', maskPattern: 2 } as const;

/** The QR Code symbol (GB/T 18284) of a text as the path of an SVG, and its size in modules with the quiet zone. */
export function qrSymbol(text: string): { size: number; path: string } {
  const { size, data } = QRCode.create(text, SYMBOL).modules;
  const runs: string[] = [];
  for (let y = 0; y < size; y += 1) {
    const row = data.subarray(y * size, (y + 1) * size);
    for (let x = row.indexOf(1); x !== -1; ) {
      const light = row.indexOf(0, x);
      const end = light === -1 ? size : light;
      runs.push(`M${x + QUIET_ZONE} ${y + QUIET_ZONE}h${end - x}v1h${x - end}z`);
      x = row.indexOf(1, end);
    }
  }
  return { size: size + 2 * QUIET_ZONE, path: runs.join('') };
}
