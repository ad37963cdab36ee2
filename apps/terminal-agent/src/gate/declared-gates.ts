import { asked, type InEachLanguage, list, operation } from '@ticket-check/admin';
import type { CinemaCode } from '@ticket-check/protocol';
import { deviceFaults } from '@ticket-check/protocol/terminal-advice';
import { z } from 'zod';
import type { TerminalStore } from '../tables.ts';
import { type AlarmEnd, endAlarm, loadAlarms, passedJson } from './gate-alarms.ts';
import { GATE_ROW, type GateRow } from './gate-row.ts';

/** What is known of each gate beside its alarms: by the settings, or by the agent that runs. */
type KnownGate = Pick<GateRow, 'Gate' | 'Driver' | 'Sensor' | 'Enabled' | 'Error' | 'ErrorZh'>;

type GateSource = {
  readonly store: TerminalStore;
  readonly gates: () => Promise<readonly KnownGate[]> | readonly KnownGate[];
  /** The admissions of some cinemas whose guest the sensors did not see; only the agent that runs shows them. */
  readonly missed?: (cinemas: 'all' | readonly CinemaCode[]) => Promise<readonly object[]>;
};

/** The gates of this terminal, with what staff have to end: a gate that failed, and people who went through unadmitted. */
export const gates = list({
  name: 'gates',
  rowsName: 'Gates',
  title: { zh: '闸机', en: 'Gates' },
  permission: 'records.read',
  filters: {},
  row: GATE_ROW,
  place: z.never(),
  rowsAPage: 0,
  everyMs: 2_000,
  async find({ store, gates, missed }: GateSource, { cinemas }) {
    const [known, marked, passed, besides] = await Promise.all([
      gates(),
      loadAlarms(store.db, 'out-of-order'),
      loadAlarms(store.db, 'passed'),
      missed?.(cinemas).then((Missed) => ({ Missed })) ?? {},
    ]);
    const rows = known.map(({ Gate, Driver, ...more }) => {
      const { since = null, what = null } = marked.get(Gate) ?? {};
      const people = passed.get(Gate);
      return {
        ...{ Gate, Driver, OutOfOrderSince: since, What: what, ...more },
        // Commands speak English.
        ...(more.Enabled !== undefined && what !== null && { WhatZh: deviceFaults(what, 'zh') }),
        ...(people !== undefined && { Unadmitted: passedJson(people) }),
      };
    });
    return { rows, next: null, besides };
  },
});

const input = z.strictObject({ Gate: asked(z.string(), { option: ['<gate>', 'its name, as `gate list` prints it'] }) });

const ending = (by: AlarmEnd, title: InEachLanguage, says: string, none: InEachLanguage) =>
  operation({
    name: `gate ${by}`,
    title,
    says,
    permission: 'gates.clear',
    input,
    cinemasOf: () => [],
    what: ({ Gate }) => ({ gate: Gate }),
    change: (store: TerminalStore, { Gate }) => endAlarm(store.db, by, Gate),
    outcome: (before) => ({ before }),
    gone: { status: 410, ...none },
  });

export const clearGate = ending('clear', { zh: '解除停用', en: 'Clear' }, 'clear a gate that was out of order', {
  zh: '该闸机没有停用，可能已由他人解除。',
  en: 'This gate is not out of order; somebody else may have cleared it. `gate list` prints which gates are.',
});

export const acknowledgeGate = ending(
  'acknowledge',
  { zh: '已处理', en: 'Acknowledge' },
  'acknowledge people who passed a gate unadmitted',
  {
    zh: '没有人未经放行通过该闸机，或已由他人处理。',
    en: 'Nobody went through this gate without being admitted, or somebody else has acknowledged it.',
  },
);
