import * as z from 'zod';
import { isJsonObject } from '../envelope/read-json-body.ts';
import { ProtocolError } from '../errors.ts';
import { parseStoreGeneration, STORE_ELEMENT } from '../extensions.ts';
import type { BusinessDate } from '../time.ts';
import {
  bounded,
  businessDate,
  count,
  element,
  elementsJson,
  isTrue,
  lenient,
  MAX_WHOLE,
  message,
  optional,
  parseCount,
  parseFilledText,
  parseText,
  readRecordId,
  truth,
  wholeNumber,
} from './elements.ts';
import { readKnownEntry } from './read-ticket-info-reply.ts';
import type { RecordId } from './record-id.ts';
import type { KnownEntry } from './ticket-info.ts';

/** A scanner or a gate, as its terminal names it. */
export type DeviceState = {
  readonly name: string;
  readonly driver: string;
  /** It works: what it reads becomes scans, and it takes commands. */
  readonly enabled: boolean;
  /** Its fault; null if it works. */
  readonly error: string | null;
  /** How long a failed gate has been out of order, until staff clear it; null if it works. */
  readonly outOfOrderSeconds: number | null;
};

/** People who went through a gate without being admitted, since staff acknowledged that last. */
export type UnadmittedState = {
  readonly gate: string;
  readonly count: number;
  /** Since the last of them. */
  readonly lastSeconds: number;
};

/**
 * A terminal's state, as it reports it to the platform above. Durations in seconds replace points in time, because its clock
 * may be wrong.
 */
export type TerminalState = {
  readonly version: string;
  /** Since it was started. */
  readonly uptimeSeconds: number;
  readonly gates: readonly DeviceState[];
  readonly scanners: readonly DeviceState[];
  /** Gates with people who went through unadmitted, each until staff acknowledge it. */
  readonly unadmitted: readonly UnadmittedState[];
  /** Check records on their way upstream, and those that were refused there. */
  readonly waiting: number;
  readonly parked: number;
  /** Since the CheckTime of the oldest record that upstream has not confirmed; null if all are confirmed. */
  readonly oldestUnsentSeconds: number | null;
  /** Since the last arrival of keys, for the cinema whose keys are oldest; null if a cinema has none. */
  readonly keysAgeSeconds: number | null;
  /** How far the platform's clock is ahead of its own; null if unknown. */
  readonly clockOffsetMs: number | null;
  /** Whether the times of its scans are reliable. Reading C7. */
  readonly clockTrusted: boolean;
  /** Damaged databases set aside and not yet salvaged or removed. */
  readonly storesSetAside: number;
  /** Whether its scans ask the platform above: `down` while that made them wait. */
  readonly line: 'up' | 'down';
  /** It was stopped on purpose and sends nothing after this. */
  readonly ending: boolean;
};

/** How many scans of a business date a terminal keeps, by verdict. An unknown verdict keeps its name. */
export type ScanTotals = { readonly businessDate: BusinessDate; readonly counts: Readonly<Record<string, number>> };

/** QueryData of ReportTerminalState. Extension `terminal-state`; reading X8. */
export type ReportTerminalStateQuery = TerminalState & {
  /** The store that `Store` names; null if the caller names none. */
  readonly storeId: string | null;
  /** null: the terminal does not count its scans. */
  readonly scans: ScanTotals | null;
};

/** Twice as many as there are verdicts: terminals of later versions may have more. */
const MAX_VERDICTS = 32;
const VERDICT_NAME = /^[A-Z][A-Z_]{0,31}$/;

/** What one message may hold: so that no terminal can make the platform keep more than some kilobytes. */
const MAX_DEVICES = 16;
const MAX_NAME = 64;
const MAX_ERROR = 128;

const parseLine = (value: unknown): 'up' | 'down' => {
  if (value !== 'up' && value !== 'down') throw new ProtocolError('WRONG_TYPE', 'must be up or down');
  return value;
};

const name = element(bounded(MAX_NAME, parseFilledText));
const ofDevices = <Row>(row: z.ZodType<Row>) =>
  z.array(row).max(MAX_DEVICES, `must have at most ${MAX_DEVICES} elements`);

const device: z.ZodType<DeviceState> = message({
  Name: name,
  Driver: name,
  Enabled: truth,
  Error: optional(element(bounded(MAX_ERROR, parseText)).nullable()),
  OutOfOrderSeconds: optional(count.nullable()),
});

const unadmitted: z.ZodType<UnadmittedState> = message({ Gate: name, Count: count, LastSeconds: count });

const parseVerdictCounts = (value: unknown): Record<string, number> => {
  if (!isJsonObject(value)) throw new ProtocolError('WRONG_TYPE', 'must be an object');
  const counts = Object.entries(value);
  if (counts.length > MAX_VERDICTS) {
    throw new ProtocolError('WRONG_LENGTH', `must have at most ${MAX_VERDICTS} verdicts`);
  }
  if (!counts.every(([verdict]) => VERDICT_NAME.test(verdict))) {
    throw new ProtocolError('WRONG_TYPE', 'must have names of verdicts');
  }
  return Object.fromEntries(counts.map(([verdict, scans]) => [verdict, parseCount(scans)]));
};

const scans: z.ZodType<ScanTotals> = message({ BusinessDate: businessDate, Counts: element(parseVerdictCounts) });

/** Reads QueryData of ReportTerminalState. Throws INVALID_QUERY, or the code of what is wrong with a device; also
 * for what is longer than a terminal has a use for. */
export const reportTerminalStateQuery: z.ZodType<ReportTerminalStateQuery> = message({
  [STORE_ELEMENT]: z.unknown().optional(),
  Version: name,
  UptimeSeconds: count,
  Gates: ofDevices(device),
  Scanners: ofDevices(device),
  Unadmitted: ofDevices(unadmitted).default([]),
  Waiting: count,
  Parked: count,
  OldestUnsentSeconds: count.nullable(),
  KeysAgeSeconds: count.nullable(),
  ClockOffsetMs: wholeNumber.nullable(),
  ClockTrusted: truth,
  StoresSetAside: count,
  Line: element(parseLine),
  Ending: truth.default(false),
  Scans: optional(scans),
}).transform(({ store, ...state }) => ({ ...state, storeId: parseStoreGeneration(store)?.generation ?? null }));

const whole = (value: number): number => Math.max(-MAX_WHOLE, Math.min(MAX_WHOLE, Math.round(value)));
const countJson = (value: number): number => Math.max(0, whole(value));
const cut = (text: string, max: number): string => [...text.toWellFormed().replaceAll('\0', '')].slice(0, max).join('');

/** Devices with an error come first: they are kept if there are more than a message holds. */
const devicesJson = (states: readonly DeviceState[]) =>
  states
    .toSorted((a, b) => Number(a.error === null) - Number(b.error === null))
    .slice(0, MAX_DEVICES)
    .map(({ name: Name, driver, enabled, error, outOfOrderSeconds }) => ({
      Name: cut(Name, MAX_NAME),
      Driver: cut(driver, MAX_NAME),
      Enabled: enabled,
      Error: error === null ? null : cut(error, MAX_ERROR),
      ...(outOfOrderSeconds !== null && { OutOfOrderSeconds: countJson(outOfOrderSeconds) }),
    }));

const unadmittedJson = (states: readonly UnadmittedState[]) =>
  states.slice(0, MAX_DEVICES).map(({ gate, count: people, lastSeconds }) => ({
    Gate: cut(gate, MAX_NAME),
    Count: countJson(people),
    LastSeconds: countJson(lastSeconds),
  }));

/** Writes QueryData of ReportTerminalState, cut to what is read; the sender adds the store's name. */
export const reportTerminalStateQueryJson = (state: TerminalState, totals: ScanTotals | null = null) => ({
  Version: cut(state.version, MAX_NAME),
  UptimeSeconds: countJson(state.uptimeSeconds),
  Gates: devicesJson(state.gates),
  Scanners: devicesJson(state.scanners),
  ...(state.unadmitted.length > 0 && { Unadmitted: unadmittedJson(state.unadmitted) }),
  Waiting: countJson(state.waiting),
  Parked: countJson(state.parked),
  OldestUnsentSeconds: state.oldestUnsentSeconds === null ? null : countJson(state.oldestUnsentSeconds),
  KeysAgeSeconds: state.keysAgeSeconds === null ? null : countJson(state.keysAgeSeconds),
  ClockOffsetMs: state.clockOffsetMs === null ? null : whole(state.clockOffsetMs),
  ClockTrusted: state.clockTrusted,
  StoresSetAside: countJson(state.storesSetAside),
  Line: state.line,
  ...(state.ending && { Ending: true }),
  ...(totals !== null && { Scans: { BusinessDate: totals.businessDate, Counts: totals.counts } }),
});

/** An admission of the terminal whose ticket has an entry of another account too, before it or after it. Reading R7. */
export type ReportedDouble = { readonly recordId: RecordId; readonly entry: KnownEntry };

/** The reply to ReportTerminalState. */
export type ReportTerminalStateReply = {
  /** Whether the state was kept, or came too soon after the one before. */
  readonly kept: boolean;
  readonly doubles: readonly ReportedDouble[];
};

/** The most doubles in one reply. */
export const MAX_REPORTED_DOUBLES = 100;

/** Writes ReplyData of ReportTerminalState. */
export const reportTerminalStateReplyJson = ({ kept, doubles }: ReportTerminalStateReply) => ({
  Kept: kept,
  ...(doubles.length > 0 && {
    Doubles: doubles.map(({ recordId, entry }) => ({
      RecordId: recordId,
      Entry: elementsJson(entry, 'CheckTime', 'RecordId'),
    })),
  }),
});

/** Reads ReplyData of ReportTerminalState; what cannot be read of the doubles is left out. Reading E12. */
export const readReportTerminalStateReply = (replyData: Record<string, unknown>): ReportTerminalStateReply => {
  const told = Array.isArray(replyData.Doubles) ? replyData.Doubles.slice(0, MAX_REPORTED_DOUBLES) : [];
  return { kept: isTrue(replyData.Kept), doubles: told.flatMap(readDouble) };
};

function readDouble(value: unknown): ReportedDouble[] {
  if (!isJsonObject(value)) return [];
  const recordId = lenient(value.RecordId, readRecordId, null);
  const entry = readKnownEntry(value.Entry);
  return recordId === null || entry === undefined ? [] : [{ recordId, entry }];
}
