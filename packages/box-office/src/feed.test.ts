import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Account, Accounts, Bundle } from '@ticket-check/exchange';
import { type SignedApi, signedApi } from '@ticket-check/exchange';
import { type SignedServer, startPeer, startSignedServer } from '@ticket-check/exchange/testing';
import {
  importCinemasQuery,
  importFilmsQuery,
  importPublicKeysQuery,
  importRefundsQuery,
  importScreensQuery,
  importTicketsQuery,
  intakeReplyJson,
  ProtocolError,
  parseFilmTicketCode,
  parseWallClock,
} from '@ticket-check/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { type BoxOffice, connectToNational, feed, publicPart, refund, rotateUkey, sell } from './index.ts';
import { at, NOW, openBoxOffice } from './testing/scene.ts';

type Arrival = { api: string; rows: readonly Record<string, unknown>[] };

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

function accountsOf(publicKey: KeyObject): Accounts {
  const account: Account = {
    username: 'box-office-1',
    role: 'data-source',
    cinemaCodes: 'all',
    keys: [{ publicKey, spki: '', bytes: 256, addedAt: parseWallClock('2026-01-01T00:00:00') }],
    createdAt: parseWallClock('2026-01-01T00:00:00'),
    expiresAt: null,
    revokedAt: null,
  };
  return { find: async (username: string) => (username === account.username ? account : null) } as Accounts;
}

/** An intake that verifies and reads every request, and only writes down what arrived. */
async function startIntake(options: { port?: number; generation?: string; refuse?: (api: string) => void } = {}) {
  const arrived: Arrival[] = [];
  const record = async (api: string, rows: Arrival['rows']) => {
    options.refuse?.(api);
    arrived.push({ api, rows });
    return intakeReplyJson({ imported: rows.length, unchanged: 0 });
  };
  const apis: SignedApi[] = (
    [
      ['ImportCinemas', importCinemasQuery],
      ['ImportScreens', importScreensQuery],
      ['ImportFilms', importFilmsQuery],
      ['ImportPublicKeys', importPublicKeysQuery],
      ['ImportTickets', importTicketsQuery],
      ['ImportRefunds', importRefundsQuery],
    ] as const
  ).map(([name, query]) =>
    signedApi<{ rows: Arrival['rows'] }>({
      name,
      role: 'data-source',
      bulk: true,
      query,
      cinemasOf: () => [],
      handle: ({ rows }) => record(name, rows),
    }),
  );
  const server = await startSignedServer({
    apis,
    accounts: accountsOf(createPublicKey(keys.privateKey)),
    now: Date.now,
    extensions: ['store-generation'],
    life: () => ({ generation: options.generation ?? 'first life', replaces: [] }),
    port: options.port ?? 0,
  });
  closers.push(() => server.close());
  return { server, arrived };
}

function connect({ url, ca }: Pick<SignedServer, 'url' | 'ca'>, privateKey = keys.privateKey) {
  const bundle: Bundle = {
    Url: url,
    Username: 'box-office-1',
    PrivateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    CaCertificate: ca,
    CinemaCodes: ['*'],
  };
  const national = connectToNational(bundle, Date.now);
  closers.push(() => national.close());
  return national;
}

function openWithSales(count: number): BoxOffice {
  const { boxOffice, sessions } = openBoxOffice();
  for (let sold = 0; sold < count; sold += 1) {
    sell(boxOffice, { now: NOW, sessionCode: sessions[sold % 3]!.sessionCode });
  }
  return boxOffice;
}

const outline = (arrived: Arrival[]) => arrived.map(({ api, rows }) => [api, rows.length]);

describe('feed', () => {
  it('tells the national platform everything that it needs, in order, signed', async () => {
    const { server, arrived } = await startIntake();
    const boxOffice = openWithSales(3);
    refund(boxOffice, boxOffice.tickets[0]!.filmTicketCode, at('19:00:00'));
    const result = await feed(boxOffice, connect(server));
    expect(outline(arrived)).toEqual([
      ['ImportCinemas', 1],
      ['ImportScreens', 3],
      ['ImportFilms', 4],
      ['ImportPublicKeys', 1],
      ['ImportTickets', 3],
      ['ImportRefunds', 1],
    ]);
    expect(result.tickets).toEqual({ imported: 3, unchanged: 0 });
    const { seatCode: _seat, ticketInfoCode: _code, ...told } = boxOffice.tickets[2]!;
    expect(arrived[4]!.rows[2]).toEqual(told);
    expect(arrived[3]!.rows[0]).toMatchObject({
      cinemaCode: boxOffice.cinema.cinemaCode,
      publicKey: publicPart(boxOffice.ukeys[0]!).spki,
      startTime: boxOffice.ukeys[0]!.startTime,
    });
    expect(arrived[5]!.rows[0]).toEqual(boxOffice.refunds[0]);
  });

  it('tells only what is new afterwards, also after a restart of the box office', async () => {
    const { server, arrived } = await startIntake();
    const national = connect(server);
    const boxOffice = openWithSales(2);
    await feed(boxOffice, national);
    arrived.length = 0;
    await feed(boxOffice, national);
    expect(arrived).toEqual([]);

    const restarted: BoxOffice = JSON.parse(JSON.stringify(boxOffice));
    const sold = sell(restarted, { now: NOW, sessionCode: restarted.sessions[0]!.sessionCode });
    rotateUkey(restarted, { startTime: at('19:00:00') });
    await feed(restarted, national);
    expect(outline(arrived)).toEqual([
      ['ImportPublicKeys', 1],
      ['ImportTickets', 1],
    ]);
    expect(arrived[1]!.rows[0]).toMatchObject({ filmTicketCode: sold.filmTicketCode });

    arrived.length = 0;
    await feed(restarted, national, { everything: true });
    expect(outline(arrived).find(([api]) => api === 'ImportTickets')).toEqual(['ImportTickets', 3]);
  });

  it('sends at most 1000 rows in a request', async () => {
    const { server, arrived } = await startIntake();
    const boxOffice = openWithSales(3);
    const [ticket] = boxOffice.tickets;
    for (let number = 4; number <= 2001; number += 1) {
      boxOffice.tickets.push({ ...ticket!, filmTicketCode: parseFilmTicketCode(String(number).padStart(16, '0')) });
    }
    await feed(boxOffice, connect(server));
    const batches = arrived.filter(({ api }) => api === 'ImportTickets');
    expect(batches.map(({ rows }) => rows.length)).toEqual([1000, 1000, 1]);
    expect(batches.flatMap(({ rows }) => rows.map((row) => row.filmTicketCode))).toEqual(
      boxOffice.tickets.map((one) => one.filmTicketCode),
    );
  });

  it('goes on where it was interrupted', async () => {
    let isDown = true;
    const { server, arrived } = await startIntake({
      refuse: (api) => {
        if (isDown && api === 'ImportTickets') throw new ProtocolError('OVERLOADED', 'too much to do');
      },
    });
    const national = connect(server);
    const boxOffice = openWithSales(2);
    await expect(feed(boxOffice, national)).rejects.toThrow(
      /did not take ImportTickets now \(OVERLOADED: too much to do\)/,
    );
    isDown = false;
    arrived.length = 0;
    await feed(boxOffice, national);
    expect(outline(arrived)).toEqual([['ImportTickets', 2]]);
  });

  it('tells everything again where the platform began a new life of its data', async () => {
    const first = await startIntake();
    const boxOffice = openWithSales(2);
    await feed(boxOffice, connect(first.server));
    const second = await startIntake({ generation: 'second life' });
    sell(boxOffice, { now: NOW, sessionCode: boxOffice.sessions[0]!.sessionCode });
    await feed(boxOffice, connect(second.server));
    const told = second.arrived.filter(({ api }) => api === 'ImportTickets').flatMap(({ rows }) => rows);
    expect(new Set(told.map((row) => row.filmTicketCode))).toEqual(
      new Set(boxOffice.tickets.map((ticket) => ticket.filmTicketCode)),
    );
    expect(second.arrived.map(({ api }) => api)).toContain('ImportPublicKeys');
  });

  it('says in one sentence why it was refused: a wrong key, a refused row, nobody there, somebody else there', async () => {
    const { server } = await startIntake({
      refuse: (api) => {
        if (api === 'ImportFilms') throw new ProtocolError('INVALID_CODE', 'Films[2].FilmCode must be known');
      },
    });
    const boxOffice = openWithSales(1);
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    await expect(feed(boxOffice, connect(server, stranger))).rejects.toMatchObject({
      expected: true,
      message: expect.stringMatching(/did not take ImportCinemas now \(SIGNATURE_INVALID: .+\)\.$/),
    });
    await expect(feed(boxOffice, connect(server))).rejects.toMatchObject({
      expected: true,
      message: 'The national platform refused ImportFilms (INVALID_CODE: Films[2].FilmCode must be known).',
    });
    const gone = await startPeer(() => ({}));
    await gone.close();
    await expect(feed(boxOffice, connect(gone))).rejects.toThrow(/ECONNREFUSED/);
    const other = await startPeer(() => ({ body: '<html>' }));
    closers.push(() => other.close());
    await expect(feed(boxOffice, connect(other))).rejects.toMatchObject({ expected: true });
    expect(boxOffice.fed).toMatchObject({ cinemas: 1, screens: 3, films: 0, tickets: 0 });
  });
});
