import {
  asked,
  cinemaFilter,
  DataRefused,
  list,
  listCommand,
  operation,
  operationCommand,
  type PageSet,
  type Reading,
  says,
  serveList,
  serveOperations,
  textOf,
} from '@ticket-check/admin';
import { type KeyCacheTables, keyCommands, loadKeyStatus } from '@ticket-check/key-cache';
import { type CommandStore, mayOperateFor, type OperationTables } from '@ticket-check/operators';
import { elementsJson, parseCinemaCode, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { z } from 'zod';
import { type CinemaTables, createServedCinemas } from '../cinemas/served-cinemas.ts';
import { CINEMA_ROW } from './cinema-row.ts';
import { cinemasInNeed, keyAdviceJson, loadCinemaKeys } from './key-advice.ts';

/**
 * The cinemas that are served, by code, and their public keys. Keys are added and changed only by upstream. Scheme 5.2.2, 5.2.6;
 * readings K3, K5.
 */
const declaredCinemas = (now: Clock) =>
  list({
    name: 'cinemas',
    rowsName: 'Cinemas',
    title: { zh: '影院与公钥', en: 'Cinemas and keys' },
    permission: 'cinemas.read',
    filters: {
      wrong: z.literal('1').optional().meta(says('1：仅有问题的影院', '1: only with a problem')),
      cinema: cinemaFilter,
    },
    row: CINEMA_ROW,
    place: z.string(),
    rowsAPage: 50,
    async find(store: Store<CinemaTables & KeyCacheTables>, { filters: { wrong }, cinemas, after, limit }) {
      const at = now();
      const reading = { db: store.reports };
      const listed =
        wrong === undefined
          ? await createServedCinemas(reading).list()
          : (await cinemasInNeed(store, at)).map(({ cinemaCode }) => cinemaCode);
      const asked = listed.filter(
        (code) => mayOperateFor({ cinemaCodes: cinemas }, code) && (after === null || code > after),
      );
      const page = asked.slice(0, limit);
      const rows = (await loadCinemaKeys(reading, page, at)).map(({ cinemaCode, status, keys, advice }) => {
        const { fetchedAt = null, attemptedAt = null } = status ?? {};
        return {
          CinemaCode: cinemaCode,
          Advice: advice.map(keyAdviceJson),
          FetchedAt: fetchedAt === null ? null : wallClockAt(fetchedAt),
          AgeSeconds: fetchedAt === null ? null : Math.round((at - fetchedAt) / 1000),
          AttemptedAt: attemptedAt === null ? null : wallClockAt(attemptedAt),
          Keys: keys.filter(({ isCurrent }) => isCurrent).map((key) => elementsJson(key, 'Fingerprint', 'StartTime')),
          FormerKeys: keys.filter(({ isCurrent }) => !isCurrent).length,
        };
      });
      return { rows, next: asked.length > page.length ? (page.at(-1) ?? null) : null };
    },
  });

/** One line, without characters that turn the direction of the text beside it. */
const OWN_NAME = z
  .string()
  .refine((name) => name.isWellFormed(), 'it holds half a character')
  .overwrite((name) =>
    name
      .replaceAll(/[\s\p{Cc}]+/gu, ' ')
      .replaceAll(/\p{Bidi_Control}/gu, '')
      .trim(),
  )
  .max(64);

/** What people call a cinema, instead of what the national platform calls it. */
export const nameCinema = operation({
  name: 'cinema name',
  title: { zh: '设置影院名称', en: 'Name a cinema' },
  permission: 'service.manage',
  says: 'call a cinema by an own name',
  input: z.strictObject({
    CinemaCode: asked(textOf(parseCinemaCode), { option: ['<code>', ''] }),
    Name: asked(OWN_NAME.default(''), {
      label: { zh: '自定名称', en: 'Own name' },
      hint: { zh: '留空则使用国家平台的名称', en: 'Left empty: what the national platform calls it' },
      option: ['<name>', "empty: by the national platform's"],
    }),
  }),
  cinemasOf: ({ CinemaCode }) => [CinemaCode],
  async change(store: Store<CinemaTables>, { CinemaCode, Name }) {
    const served = createServedCinemas(store);
    const before = await served.ownName(CinemaCode);
    if (before === null) throw new DataRefused('no-cinema', `Cinema ${CinemaCode} is not served.`, 404);
    await served.setOwnName(CinemaCode, Name);
    return { before: { name: before }, after: { name: Name } };
  },
  outcome: (came) => came,
});

/** Has this platform serve cinemas; their keys are fetched then. Reading K5. */
const addCinemas = operation({
  name: 'cinema add',
  title: { zh: '添加影院', en: 'Add cinemas' },
  permission: 'service.manage',
  says: 'serve cinemas and fetch their public keys',
  input: z.strictObject({
    CinemaCodes: asked(z.array(textOf(parseCinemaCode)).min(1), {
      label: { zh: '影院编码', en: 'Cinema codes' },
      hint: { zh: '8 位编码，多个用逗号分隔', en: '8 characters each, separated by commas' },
      as: 'codes',
      option: ['<code...>', 'cinema codes of 8 characters'],
    }),
  }),
  needsPassword: true,
  cinemasOf: ({ CinemaCodes }) => CinemaCodes,
  async change(store: Store<CinemaTables>, { CinemaCodes }) {
    const served = createServedCinemas(store);
    const before = { cinemaCodes: await served.list() };
    await served.add(CinemaCodes);
    return { before, after: { cinemaCodes: await served.list() } };
  },
  outcome: (came) => came,
});

export function cinemasPages(store: Store<CinemaTables & KeyCacheTables & OperationTables>, reading: Reading): PageSet {
  const { now } = reading;
  const listed = declaredCinemas(now);
  return {
    name: 'cinemas',
    screens: [{ path: '/cinemas', permission: listed.permission, label: listed.title }],
    ...serveList(listed, withTables(store), reading),
    names: [{ kind: 'cinema', permission: 'records.read', names: createServedCinemas({ db: store.reports }).names }],
    actions: serveOperations([addCinemas, nameCinema], { store, now }),
  };
}

export function cinemaCommands<DB extends CinemaTables & KeyCacheTables & OperationTables>(
  program: Command,
  { store, now }: { store: CommandStore<DB>; now: Clock },
): void {
  const group = program.command('cinema').description('manage the cinemas of this platform');
  operationCommand(group, addCinemas, { store, now });
  operationCommand(group, nameCinema, { store, now });
  listCommand(group, declaredCinemas(now), {
    store,
    source: (opened: Store<DB>): Store<CinemaTables & KeyCacheTables> => withTables(opened),
    command: 'list',
    description: 'print served cinemas and their keys, one JSON object a line',
    isQuiet: true,
  });
  keyCommands(program, now, () =>
    store.read(async (opened) => {
      const db: Store<CinemaTables & KeyCacheTables> = withTables(opened);
      const statuses = new Map((await loadKeyStatus(db)).map((status) => [status.cinemaCode, status]));
      const served = await createServedCinemas(db).list();
      return served.map((cinemaCode) => statuses.get(cinemaCode) ?? { ...NEVER_ASKED_FOR, cinemaCode });
    }),
  );
}

const NEVER_ASKED_FOR = { count: 0, fetchedAt: null, attemptedAt: 0, alarm: null, failure: null, cinemaName: '' };
