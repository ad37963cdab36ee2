import * as z from 'zod';
import { isJsonObject } from '../envelope/read-json-body.ts';
import { parseStoreGeneration, STORE_ELEMENT } from '../extensions.ts';
import * as wire from './elements.ts';
import { readEntry } from './read-ticket-info-reply.ts';
import type { RecordId } from './record-id.ts';
import type { KnownEntry } from './ticket-info.ts';

/** Twice as many as there are verdicts: terminals of later versions may have more. */
const MAX_VERDICTS = 32;
const VERDICT_NAME = /^[A-Z][A-Z_]{0,31}$/;

/** What one message may hold: so that no terminal can make the platform keep more than some kilobytes. */
const MAX_DEVICES = 16;
const MAX_NAME = 64;
const MAX_ERROR = 128;

const name = wire.element(wire.bounded(MAX_NAME, wire.parseFilledText));
const ofDevices = <Row>(row: z.ZodType<Row>): z.ZodType<readonly Row[]> =>
  z.array(row).max(MAX_DEVICES, `must have at most ${MAX_DEVICES} elements`);

/** A scanner or a gate, as its terminal names it. */
export type DeviceState = z.output<typeof device>;
const device = wire.message({
  Name: name,
  Driver: name,
  /** It works: what it reads becomes scans, and it takes commands. */
  Enabled: wire.truth,
  Error: wire.optional(wire.element(wire.bounded(MAX_ERROR, wire.parseText)).nullable()),
  /** How long a failed gate has been out of order, until staff clear it; null if it works. */
  OutOfOrderSeconds: wire.optional(wire.count.nullable()),
});

/** People who went through a gate without being admitted, since staff acknowledged that last. */
const unadmitted = wire.message({ Gate: name, Count: wire.count, LastSeconds: wire.count });

// The names are judged before the counts: a refusal names the element that it is about, which must not be as long as they like.
const verdictCounts = z
  .record(z.string(), z.unknown())
  .refine((counts) => {
    const names = Object.keys(counts);
    return names.length <= MAX_VERDICTS && names.every((verdict) => VERDICT_NAME.test(verdict));
  }, `must have at most ${MAX_VERDICTS} names of verdicts`)
  .pipe(z.record(z.string(), wire.count));

/** How many scans of a business date a terminal keeps, by verdict. An unknown verdict keeps its name. */
export type ScanTotals = z.output<typeof scans>;
const scans = wire.message({ BusinessDate: wire.businessDate, Counts: verdictCounts });

/** A terminal's state, as it reports it: durations in seconds replace points in time, because its clock may be wrong. */
export type TerminalState = Omit<ReportTerminalStateQuery, 'storeId' | 'scans'>;
export type ReportTerminalStateQuery = z.output<typeof reportTerminalStateQuery>;

/**
 * Reads QueryData of ReportTerminalState. Throws INVALID_QUERY, or the code of what is wrong with a device, also for what is too long.
 * `storeId`: the store that `Store` names, null for a caller that names none. Extension `terminal-state`; reading X8.
 */
export const reportTerminalStateQuery = wire
  .message({
    [STORE_ELEMENT]: z.unknown().optional(),
    Version: name,
    UptimeSeconds: wire.count,
    Gates: ofDevices(device),
    Scanners: ofDevices(device),
    /** Gates with people who went through unadmitted, each until staff acknowledge it. */
    Unadmitted: ofDevices(unadmitted).default([]),
    /** Check records on their way upstream, and those that were refused there. */
    Waiting: wire.count,
    Parked: wire.count,
    /** Since the CheckTime of the oldest record that upstream has not confirmed; null if all are confirmed. */
    OldestUnsentSeconds: wire.count.nullable(),
    /** Since the last arrival of keys, for the cinema whose keys are oldest; null if a cinema has none. */
    KeysAgeSeconds: wire.count.nullable(),
    /** How far the platform's clock is ahead of its own; null if unknown. */
    ClockOffsetMs: wire.wholeNumber.nullable(),
    /** Whether the times of its scans are reliable. Reading C7. */
    ClockTrusted: wire.truth,
    /** Damaged databases set aside and not yet salvaged or removed. */
    StoresSetAside: wire.count,
    /** Whether its scans ask the platform above: `down` while that made them wait. */
    Line: z.enum(['up', 'down'], 'must be up or down'),
    /** It was stopped on purpose and sends nothing after this. */
    Ending: wire.truth.default(false),
    /** null: the terminal does not count its scans. */
    Scans: wire.optional(scans),
  })
  .transform(({ store, ...state }) => ({ ...state, storeId: parseStoreGeneration(store)?.generation ?? null }));

const cut = (text: string, max: number): string => [...text.toWellFormed().replaceAll('\0', '')].slice(0, max).join('');

/** Writes a part of a state under the names of its elements, cut to what is read. */
const fitted = (value: unknown, name: string): unknown => {
  if (typeof value === 'string') return cut(value, name === 'Error' ? MAX_ERROR : MAX_NAME);
  if (typeof value === 'number') {
    return Math.max(name === 'ClockOffsetMs' ? -wire.MAX_WHOLE : 0, Math.min(wire.MAX_WHOLE, Math.round(value)));
  }
  if (Array.isArray(value)) return value.slice(0, MAX_DEVICES).map((one) => fitted(one, name));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([own, part]) => {
      const element = own.charAt(0).toUpperCase() + own.slice(1);
      return [element, fitted(part, element)];
    }),
  );
};

/** Devices with an error come first: they are kept if there are more than a message holds. */
const faultsFirst = (devices: readonly DeviceState[]) =>
  devices
    .toSorted((a, b) => Number(a.error === null) - Number(b.error === null))
    // Only a gate that staff must clear has the element.
    .map((device) => ({ ...device, outOfOrderSeconds: device.outOfOrderSeconds ?? undefined }));

/** Writes QueryData of ReportTerminalState, cut to what is read; the sender adds the store's name. */
export const reportTerminalStateQueryJson = (state: TerminalState, totals: ScanTotals | null = null) =>
  fitted(
    {
      ...state,
      gates: faultsFirst(state.gates),
      scanners: faultsFirst(state.scanners),
      ending: state.ending || undefined,
      scans: totals ?? undefined,
    },
    '',
  ) as Record<string, unknown>;

/** An admission of the terminal whose ticket has an entry of another account too, before it or after it. Reading R7. */
export type ReportedDouble = { readonly recordId: RecordId; readonly entry: KnownEntry };

/** `kept`: false if the state came too soon after the one before. */
type ReportTerminalStateReply = { readonly kept: boolean; readonly doubles: readonly ReportedDouble[] };

export const MAX_REPORTED_DOUBLES = 100;

export const reportTerminalStateReplyJson = ({ kept, doubles }: ReportTerminalStateReply) => ({
  Kept: kept,
  ...(doubles.length > 0 && {
    Doubles: doubles.map(({ recordId, entry }) => ({
      RecordId: recordId,
      Entry: wire.elementsJson(entry, 'CheckTime', 'RecordId'),
    })),
  }),
});

/** Reads ReplyData of ReportTerminalState; what cannot be read of the doubles is left out. Reading E12. */
export const readReportTerminalStateReply = (replyData: Record<string, unknown>): ReportTerminalStateReply => {
  const doubles = wire.lenientList(replyData.Doubles, MAX_REPORTED_DOUBLES, (double) => ({
    recordId: wire.readRecordId(double.RecordId),
    entry: readEntry(double.Entry),
  }));
  return { kept: wire.isTrue(replyData.Kept), doubles };
};
