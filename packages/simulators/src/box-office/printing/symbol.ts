import QRCode from 'qrcode';

/** Light modules around the symbol, as GB/T 18284 wants them. */
const QUIET_ZONE = 4;

/** Adjacent dark modules in one row, counted from the upper left corner of the symbol. */
type Run = { readonly x: number; readonly y: number; readonly length: number };

/** A QR Code symbol without its quiet zone: how many modules it is wide, and which of them are dark. */
export type QrSymbol = { readonly modules: number; readonly runs: readonly Run[] };

/** Error correction M. */
const SYMBOL = { errorCorrectionLevel: 'M', margin: QUIET_ZONE } as const;

/**
 * The QR Code symbol (GB/T 18284) of a ticket info code: 53 modules wide for the 180 characters of RSA-1024, 73 for the
 * 352 of RSA-2048. Scheme 5.1.2; readings T1 and C5.
 */
export function symbolOf(ticketInfoCode: string): QrSymbol {
  const { size, data } = QRCode.create(segments(ticketInfoCode), SYMBOL).modules;
  const runs: Run[] = [];
  for (let y = 0; y < size; y += 1) {
    const row = data.subarray(y * size, (y + 1) * size);
    for (let x = row.indexOf(1); x !== -1; ) {
      const light = row.indexOf(0, x);
      const end = light === -1 ? size : light;
      runs.push({ x, y, length: end - x });
      x = row.indexOf(1, end);
    }
  }
  return { modules: size, runs };
}

/** The width of a symbol with its quiet zone, in millimetres. */
export function withQuietZone({ modules, mm }: { modules: number; mm: number }): number {
  return (mm * (modules + 2 * QUIET_ZONE)) / modules;
}

/** The symbol with its quiet zone as PNG: 3 pixels a module, meant for 300 dots per inch. */
export function printPng(ticketInfoCode: string): Promise<Buffer> {
  return QRCode.toBuffer(segments(ticketInfoCode), { ...SYMBOL, type: 'png', scale: 3 });
}

/** One run of bytes: the field's readers expect it, and the version then depends only on the length. */
function segments(ticketInfoCode: string): QRCode.QRCodeSegment[] {
  return [{ data: Buffer.from(ticketInfoCode, 'latin1'), mode: 'byte' }];
}
