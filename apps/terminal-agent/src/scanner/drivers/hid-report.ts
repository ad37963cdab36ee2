/** The content of one report of a HID POS scanner. */
export type HidReport = {
  /** The AIM identifier of the symbology, such as `]Q1`; empty if the scanner sends none. */
  readonly symbology: string;
  readonly data: Uint8Array;
  /** Whether the text continues in the next report. */
  readonly continues: boolean;
};

const SCANNED_DATA = 2;
const LENGTH = 64;
const AIM_FLAG = ']'.charCodeAt(0);

/**
 * Parses a report of scanned data of HID POS scanners (HID Point of Sale Usage Tables, page 8C: symbology identifier, decoded
 * data, data continued): report id 2, length of the data, three characters of symbology that begin with `]`, up to 56 bytes of
 * data, and in the lowest bit of the last byte whether the text continues. Without a symbology the data start in its place.
 * `null` for every other report.
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
