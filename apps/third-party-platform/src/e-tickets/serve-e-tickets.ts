import {
  asked,
  askedTicket,
  list,
  listCommand,
  operation,
  operationCommand,
  type PageSet,
  serveList,
  serveOperations,
  ticketIn,
} from '@ticket-check/admin';
import type { CommandStore, OperationTables } from '@ticket-check/operators';
import { E_TICKET_ALGORITHMS, wallClockAt } from '@ticket-check/protocol';
import type { Clock, Service } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { z } from 'zod';
import type { ETicketTables } from './e-ticket-tables.ts';
import { E_TICKET_KEY_ROW } from './keys/e-ticket-key-row.ts';
import { createETicketKeys, keyJson } from './keys/e-ticket-keys.ts';
import { findPickUp, type PickUpTables, pickUpJson, undoPickUp } from './pick-ups.ts';

type KeyStore = Store<ETicketTables>;

/** The keys that e-tickets are signed with, the newest first, and what administrators do with them. Reading C5. */
function declaredETicketKeys(now: Clock) {
  const of = (store: KeyStore) => createETicketKeys(store, now);
  const common = { permission: 'service.manage', needsPassword: true, cinemasOf: () => 'all' as const } as const;
  return {
    keys: list({
      name: 'e-ticket-keys',
      rowsName: 'Keys',
      title: { zh: '电子影票密钥', en: 'Keys of e-tickets' },
      permission: 'cinemas.read',
      filters: {},
      row: E_TICKET_KEY_ROW,
      find: async (store: KeyStore) => ({ rows: await of(store).list() }),
    }),
    rotate: operation({
      ...common,
      name: 'eticket-key rotate',
      title: { zh: '更换电子影票密钥', en: 'Make the next key of e-tickets' },
      says: 'make the next key now; it signs from tomorrow on',
      input: z.strictObject({
        Algorithm: asked(z.enum(E_TICKET_ALGORITHMS).optional(), {
          option: ['--algorithm <name>', `${E_TICKET_ALGORITHMS.join(' or ')}; as the key before by default`],
        }),
      }),
      preview: async () => ({
        zh: '立即生成下一个密钥，从明天起用它签名。现在的密钥所签的票码在其有效期内仍然有效。',
        en: 'The next key is made now and signs from tomorrow on. What the present one signed stays good for its time.',
      }),
      async change(store: KeyStore, { Algorithm }) {
        const made = await of(store).rotate(Algorithm);
        return made && keyJson(made);
      },
      outcome: (made) => made,
      answer: (made) => made,
      gone: {
        status: 409,
        zh: '下一个密钥已经生成，到时自动启用。',
        en: 'The next key is made already and waits for its day.',
      },
    }),
    revoke: operation({
      ...common,
      name: 'eticket-key revoke',
      title: { zh: '吊销电子影票密钥', en: 'Revoke a key of e-tickets' },
      says: 'revoke a key for good, as after a leak; another one signs',
      input: z.strictObject({ KeyId: asked(z.string().max(64), { option: ['<id>', ''] }) }),
      destroys: ({ KeyId }) => KeyId,
      async preview(store: KeyStore, { KeyId }) {
        const found = (await of(store).list()).find((row) => row.KeyId === KeyId);
        if (found === undefined || found.RevokedAt !== null) return null;
        const [nextZh, nextEn] =
          found.State === 'SIGNS'
            ? [
                '它正在签名：此后由另一个密钥签名，电子影票页面自动显示新的票码。',
                'It signs at present: another key signs from then on, and pages show its codes by themselves.',
              ]
            : ['它目前不签名。', 'It signs no codes at present.'];
        return {
          zh: `密钥 ${KeyId} 所签的票码，凡得知吊销的检票口都立即拒绝，且不能恢复。${nextZh}`,
          en: `Codes that the key ${KeyId} signed are refused at every gate that hears of it, at once and for good. ${nextEn}`,
        };
      },
      async change(store: KeyStore, { KeyId }) {
        const came = await of(store).revoke(KeyId);
        return came && { KeyId, RevokedAt: wallClockAt(came.revokedAt), Made: came.made };
      },
      outcome: ({ RevokedAt, Made }) => ({ revokedAt: RevokedAt, made: Made }),
      answer: (came) => came,
      gone: { status: 404, zh: '没有这个密钥。', en: 'No key for e-tickets has that id.' },
    }),
  };
}

const undonePickUp = operation({
  name: 'pick-up undo',
  title: { zh: '撤销取票', en: 'Undo a pick-up' },
  permission: 'entries.undo',
  says: 'undo a paper pick-up: the e-ticket is live again',
  input: z.strictObject(askedTicket),
  destroys: ({ FilmTicketCode }) => FilmTicketCode,
  needsReason: true,
  needsPassword: true,
  cinemasOf: ({ CinemaCode }) => [CinemaCode],
  preview: async ({ db }: Store<PickUpTables>, input) =>
    (await findPickUp(db, ticketIn(input))) === null
      ? null
      : {
          zh: `影票 ${input.FilmTicketCode} 的纸质票从此不能入场；如有电子影票，电子影票恢复有效。`,
          en: `The ticket ${input.FilmTicketCode} on paper is refused from then on, and its e-ticket admits, where it has one.`,
        },
  change: (store: Store<PickUpTables>, input) => undoPickUp(store, ticketIn(input)),
  outcome: (before) => ({ before }),
  answer: pickUpJson,
  gone: {
    status: 404,
    zh: '没有取票登记，可能已被撤销。请重新查询。',
    en: 'No pick-up of this ticket is recorded here.',
  },
});

export function eTicketPages({ now }: Pick<Service, 'now'>, store: Store<PickUpTables & OperationTables>): PageSet {
  const { keys, rotate, revoke } = declaredETicketKeys(now);
  return {
    name: 'e-tickets',
    ...serveList(keys, withTables(store)),
    actions: serveOperations<PickUpTables>([rotate, revoke, undonePickUp], { store, now }),
  };
}

export function eTicketCommands<DB extends PickUpTables & OperationTables>(
  program: Command,
  { store, now }: { store: CommandStore<DB>; now: Clock },
): void {
  const group = program.command('eticket-key').description('manage the keys that sign e-tickets');
  const { keys, rotate, revoke } = declaredETicketKeys(now);
  const parts = { store, now };
  listCommand(group, keys, {
    store,
    source: (opened): Store<ETicketTables> => withTables(opened),
    isQuiet: true,
    command: 'list',
    description: 'list keys, newest first (public halves only)',
  });
  operationCommand(group, rotate, parts);
  operationCommand(group, revoke, parts);
  const pickUps = program.command('pick-up').description('work with paper pick-ups');
  operationCommand(pickUps, undonePickUp, parts);
}
