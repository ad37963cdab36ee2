import { join } from 'node:path';
import { type Language, type PageRequest, type PageSet, pathWith } from '@ticket-check/admin';
import { type OperationTables, type Operator, permits, tryOperation } from '@ticket-check/operators';
import { type DeviceState, wallClockAt } from '@ticket-check/protocol';
import { deviceFaults } from '@ticket-check/protocol/terminal-advice';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { clearOutOfOrder, loadOutOfOrder, type OutOfOrder, outOfOrderJson } from '../out-of-order/out-of-order.ts';
import type { OutOfOrderTables } from '../out-of-order/out-of-order-tables.ts';
import type { PassageTables } from '../passage/passage-tables.ts';
import { acknowledgePassages, loadUnadmitted, unadmittedJson } from '../passage/passages.ts';
import { WORDS } from './words.ts';

const LIST = '/gates';
const CLEAR = '/gates/clear';
const ACKNOWLEDGE = '/gates/acknowledge';
const TOPIC = 'gates';

/** An admission whose guest did not go through, as shown in a language, and where to undo it. */
type ShownUnpassed = Readonly<Record<'checkTime' | 'film' | 'seat' | 'filmTicketCode' | 'gate' | 'undo', string>>;

/** The page of the gates, where staff clear a gate that works again and see the findings of sensors. */
export function gatePages(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  {
    store,
    gates,
    unpassed,
  }: {
    store: Store<OutOfOrderTables & PassageTables & OperationTables>;
    gates: () => Promise<readonly DeviceState[]>;
    unpassed: (language: Language, cinemaCodes: Operator['cinemaCodes']) => Promise<readonly ShownUnpassed[]>;
  },
): PageSet {
  const load = (language: Language, cinemaCodes: Operator['cinemaCodes']) =>
    Promise.all([gates(), loadOutOfOrder(store), loadUnadmitted(store), unpassed(language, cinemaCodes)]);

  async function list({ language, query, operator }: PageRequest) {
    const t = WORDS[language];
    const [states, marked, passed, missed] = await load(language, operator.cinemaCodes);
    const told = toldBy(query, language);
    return {
      title: t.title,
      view: 'gates/list',
      follows: { topic: `topic=${TOPIC}`, asOf: wallClockAt(now()).replace('T', ' '), again: LIST },
      data: {
        t,
        clearPath: CLEAR,
        acknowledgePath: ACKNOWLEDGE,
        mayClear: permits(operator.role, 'gates.clear'),
        mayUndo: permits(operator.role, 'entries.undo-unpassed'),
        ...told,
        gates: states.map((state) => shown(state, marked.get(state.name), language)),
        alarms: [...passed.values()].map(({ gate, count, last }) => ({
          name: gate,
          words: t.passed(gate, count, last.replace('T', ' ')),
        })),
        missed,
      },
    };
  }

  async function clear({ form, operator: { username }, address }: PageRequest) {
    const gate = form.get('gate') ?? '';
    const cleared = await tryOperation(
      store,
      { name: 'gate clear', actor: username, from: address, now, what: { gate } },
      ({ db }) => clearOutOfOrder(db, gate),
      (before) => ({ before: outOfOrderJson(before) }),
    );
    if (cleared === null) return { redirect: pathWith(LIST, { 'not-marked': gate }) };
    logger.warn({ gate, operator: username }, 'cleared a gate');
    return { redirect: pathWith(LIST, { cleared: gate }) };
  }

  async function acknowledge({ form, operator: { username }, address }: PageRequest) {
    const gate = form.get('gate') ?? '';
    const seen = await tryOperation(
      store,
      { name: 'gate acknowledge', actor: username, from: address, now, what: { gate } },
      ({ db }) => acknowledgePassages(db, gate),
      (before) => ({ before: unadmittedJson(before) }),
    );
    return { redirect: seen === null ? LIST : pathWith(LIST, { acknowledged: gate }) };
  }

  return {
    name: 'gates',
    views: join(import.meta.dirname, 'views'),
    menu: { path: LIST, label: { zh: WORDS.zh.title, en: WORDS.en.title }, permission: 'records.read' },
    live: [
      {
        name: TOPIC,
        permission: 'records.read',
        async read(cinemaCodes) {
          const [states, marked, passed, missed] = await load('en', cinemaCodes);
          return { states, marked: [...marked], passed: [...passed], missed };
        },
      },
    ],
    pages: [
      { method: 'get', path: LIST, access: 'records.read', handler: list },
      { method: 'post', path: CLEAR, access: 'gates.clear', handler: clear },
      { method: 'post', path: ACKNOWLEDGE, access: 'gates.clear', handler: acknowledge },
    ],
  };
}

/** The result of a change, shown to the operator who made it. */
function toldBy(query: PageRequest['query'], language: Language): { good: boolean; told: string | null } {
  const t = WORDS[language];
  const [cleared, acknowledged, notMarked] = ['cleared', 'acknowledged', 'not-marked'].map((name) => query.get(name));
  if (cleared !== undefined) return { good: true, told: t.cleared(cleared) };
  if (acknowledged !== undefined) return { good: true, told: t.acknowledged(acknowledged) };
  return { good: false, told: notMarked === undefined ? null : t.notMarked(notMarked) };
}

const markWords = ({ since, what }: OutOfOrder, language: Language): string[] => [
  WORDS[language].outOfOrder(since.replace('T', ' ')),
  WORDS[language].first(deviceFaults(what, language)),
];

function shown({ name, driver, enabled, error }: DeviceState, mark: OutOfOrder | undefined, language: Language) {
  const t = WORDS[language];
  const still = error !== null && error !== mark?.what ? [t.fails(deviceFaults(error, language))] : [];
  return {
    name,
    driver: t.drivers[driver] ?? driver,
    states:
      mark === undefined && error === null
        ? [enabled ? t.works : t.off]
        : [...(mark ? markWords(mark, language) : []), ...still],
    isMarked: mark !== undefined,
  };
}
