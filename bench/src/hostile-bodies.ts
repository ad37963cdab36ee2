import { readEnvelope, readLargeEnvelope } from '@ticket-check/protocol';

const BYTES = 1_590_000;
const HEAD =
  '{"Version":"1.0","Datetime":"2026-11-24T12:00:00","Username":"nobody","Api":"ReportOriginalCheckTickets","Signature":"AAAA","QueryData":';

/** Bodies of 1.59 MB that a stranger may send, by what they are made of. */
const BODIES: Readonly<Record<string, string>> = {
  'objects of one member': filled('{"a":[', '{"a":1},', '{}]}'),
  'brackets, one in another': filled('{"a":', '[', ''),
  quotes: filled('{"a":[', '"",', '""]}'),
  escapes: filled('{"a":"', '\\u0041', '"}'),
  spaces: filled('{', ' ', '}'),
};

export type HostileCost = { name: string; wholeMs: number; foundMs: number };

/**
 * What a body costs before its sender is known: read whole, as small ones are, and as large ones are, up to the signature.
 * The fastest of `rounds` rounds, in milliseconds.
 */
export function hostileCosts(rounds: number): HostileCost[] {
  return Object.entries(BODIES).map(([name, text]) => {
    const body = Buffer.from(text);
    return {
      name,
      wholeMs: least(rounds, () => void readEnvelope(body)),
      foundMs: least(rounds, () => {
        const steps = readLargeEnvelope(body);
        while (steps.next().done !== true);
      }),
    };
  });
}

function filled(before: string, unit: string, after: string): string {
  return `${HEAD}${before}${unit.repeat(Math.floor(BYTES / unit.length))}${after}}`;
}

function least(rounds: number, run: () => void): number {
  const times = Array.from({ length: rounds + 1 }, () => {
    const start = performance.now();
    try {
      run();
    } catch {
      // Refused, which is what is measured.
    }
    return performance.now() - start;
  });
  return Math.min(...times);
}
