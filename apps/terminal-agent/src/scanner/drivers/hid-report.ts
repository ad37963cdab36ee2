/** What one report of a HID POS scanner holds. */
export type HidReport = {
  /** The AIM identifier of the symbology, such as `]Q1`; empty where the scanner tells none. */
  readonly symbology: string;
  readonly data: Uint8Array;
  /** The text goes on in the next report. */
  readonly continues: boolean;
};

const SCANNED_DATA = 2;
const LENGTH = 64;
const AIM_FLAG = ']'.charCodeAt(0);

/**
 * Reads a report of scanned data as HID POS scanners lay it out (HID Point of Sale Usage Tables, page 8C: symbology
 * identifier, decoded data, data continued): report id 2, length of the data, three characters of symbology that begin with
 * `]`, up to 56 bytes of data, and in the lowest bit of the last byte whether the text goes on. A scanner that tells no
 * symbology has its data in that place. `null` for every other report.
 */
export function readHidReport(report: Uint8Array): HidReport | null {
  const [id, length = 0, first] = report;
  if (id !== SCANNED_DATA || report.length !== LENGTH) return null;
  const start = first === AIM_FLAG ? 5 : 2;
  if (length > LENGTH - 3 - start) return null;
  return {
    symbology: first === AIM_FLAG ? Buffer.from(report.subarray(2, 5)).toString('latin1') : '',
    data: report.subarray(start, start + length),
    continues: ((report[LENGTH - 1] ?? 0) & 1) === 1,
  };
}
