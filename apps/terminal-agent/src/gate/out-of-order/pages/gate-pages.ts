import { join } from 'node:path';
import type { OperationTables } from '@ticket-check/operators';
import { permits, tryOperation } from '@ticket-check/operators/login';
import type { DeviceState } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { deviceFaults } from '@ticket-check/terminal-state';
import { type Language, type PageRequest, type PageSet, pathWith } from '@ticket-check/web-kit';
import { clearOutOfOrder, loadOutOfOrder, type OutOfOrder, outOfOrderJson } from '../out-of-order.ts';
import type { OutOfOrderTables } from '../out-of-order-tables.ts';
import { WORDS } from './words.ts';

const LIST = '/gates';
const CLEAR = '/gates/clear';

/** The page of the gates, where staff clear one that works again. */
export function gatePages(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  { store, gates }: { store: Store<OutOfOrderTables & OperationTables>; gates: () => Promise<readonly DeviceState[]> },
): PageSet {
  async function list({ language, query, operator }: PageRequest) {
    const t = WORDS[language];
    const [states, marked] = await Promise.all([gates(), loadOutOfOrder(store)]);
    const [cleared, notMarked] = [query.get('cleared'), query.get('not-marked')];
    return {
      title: t.title,
      view: 'gates/list',
      data: {
        t,
        path: LIST,
        clearPath: CLEAR,
        mayClear: permits(operator.role, 'gates.clear'),
        good: cleared !== undefined,
        told: cleared !== undefined ? t.cleared(cleared) : notMarked !== undefined ? t.notMarked(notMarked) : null,
        gates: states.map((state) => shown(state, marked.get(state.name), language)),
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
    logger.warn({ gate, operator: username }, 'a gate was cleared: it is out of order no more');
    return { redirect: pathWith(LIST, { cleared: gate }) };
  }

  return {
    name: 'gates',
    views: join(import.meta.dirname, 'views'),
    menu: { path: LIST, label: { zh: WORDS.zh.title, en: WORDS.en.title }, permission: 'records.read' },
    pages: [
      { method: 'get', path: LIST, access: 'records.read', handler: list },
      { method: 'post', path: CLEAR, access: 'gates.clear', handler: clear },
    ],
  };
}

function shown({ name, driver, enabled, error }: DeviceState, mark: OutOfOrder | undefined, language: Language) {
  const t = WORDS[language];
  const still = error !== null && error !== mark?.what ? [t.fails(deviceFaults(error, language))] : [];
  return {
    name,
    driver: t.drivers[driver] ?? driver,
    states:
      mark === undefined && error === null ? [enabled ? t.works : t.off] : [...(mark ? [t.outOfOrder] : []), ...still],
    isMarked: mark !== undefined,
    since: mark?.since.replace('T', ' ') ?? '',
    what: mark === undefined ? '' : deviceFaults(mark.what, language),
  };
}
