import type { Bundle } from '@ticket-check/exchange';
import {
  cinemaRow,
  filmRow,
  intakeReplyJson,
  ProtocolError,
  parseFilmTicketCode,
  parseQuery,
  publicKeyRow,
  refundRow,
  rowsQuery,
  screenRow,
  ticketRow,
} from '@ticket-check/protocol';
import { keyPairOf } from '@ticket-check/runtime/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startNationalPlatform, startPeer } from '../testing/peers/vitest.ts';
import { type BoxOffice, connectByBundle, feed, makeUkey, rotateUkey, sell } from './index.ts';
import { at, NOW, openBoxOffice } from './testing/scene.ts';

type Arrival = { api: string; rows: readonly Record<string, unknown>[] };

const IMPORTS = [
  ['Cinemas', cinemaRow],
  ['Screens', screenRow],
  ['Films', filmRow],
  ['PublicKeys', publicKeyRow],
  ['Tickets', ticketRow],
  ['Refunds', refundRow],
] as const;

/** A national platform that reads every import, and only writes down what arrived. */
async function startIntake(refuse: (api: string) => void = () => {}) {
  const national = await startNationalPlatform({
    username: 'box-office-1',
    extensions: ['store-generation'],
  });
  const arrived: Arrival[] = [];
  for (const [list, row] of IMPORTS) {
    const api = `Import${list}`;
    national.replace(api, (query) => {
      const { rows } = parseQuery<{ rows: Arrival['rows'] }>(rowsQuery(list, row as never), query);
      refuse(api);
      arrived.push({ api, rows });
      return intakeReplyJson({ imported: rows.length, unchanged: 0 });
    });
  }
  return { bundle: national.bundle, arrived };
}

function connect(bundle: Bundle) {
  const national = connectByBundle(bundle, Date.now);
  onTestFinished(() => national.close());
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
  it('sends only new data afterwards, also after a restart of the box office', async () => {
    const { bundle, arrived } = await startIntake();
    const national = connect(bundle);
    const boxOffice = openWithSales(2);
    await feed(boxOffice, national);
    arrived.length = 0;
    await feed(boxOffice, national);
    expect(arrived).toEqual([]);

    const restarted: BoxOffice = JSON.parse(JSON.stringify(boxOffice));
    const sold = sell(restarted, { now: NOW, sessionCode: restarted.sessions[0]!.sessionCode });
    rotateUkey(restarted, makeUkey(at('19:00:00')));
    expect(await feed(restarted, national)).toMatchObject({
      films: { imported: 0, unchanged: 0 },
      tickets: { imported: 1, unchanged: 0 },
    });
    expect(outline(arrived)).toEqual([
      ['ImportPublicKeys', 1],
      ['ImportTickets', 1],
    ]);
    expect(arrived[1]!.rows[0]).toMatchObject({ filmTicketCode: sold.filmTicketCode });
  });

  it('sends at most 1000 rows in a request', async () => {
    const { bundle, arrived } = await startIntake();
    const boxOffice = openWithSales(3);
    const [ticket] = boxOffice.tickets;
    for (let number = 4; number <= 2001; number += 1) {
      boxOffice.tickets.push({ ...ticket!, filmTicketCode: parseFilmTicketCode(String(number).padStart(16, '0')) });
    }
    await feed(boxOffice, connect(bundle));
    const batches = arrived.filter(({ api }) => api === 'ImportTickets');
    expect(batches.map(({ rows }) => rows.length)).toEqual([1000, 1000, 1]);
    expect(batches.flatMap(({ rows }) => rows.map((row) => row.filmTicketCode))).toEqual(
      boxOffice.tickets.map((one) => one.filmTicketCode),
    );
  });

  it('resumes where it was interrupted', async () => {
    let isDown = true;
    const { bundle, arrived } = await startIntake((api) => {
      if (isDown && api === 'ImportTickets') throw new ProtocolError('OVERLOADED', 'too much to do');
    });
    const national = connect(bundle);
    const boxOffice = openWithSales(2);
    await expect(feed(boxOffice, national)).rejects.toThrow(
      /did not take ImportTickets \(OVERLOADED: too much to do\)/,
    );
    isDown = false;
    arrived.length = 0;
    await feed(boxOffice, national);
    expect(outline(arrived)).toEqual([['ImportTickets', 2]]);
  });

  it('sends everything again if the platform began a new generation of its data', async () => {
    const first = await startIntake();
    const boxOffice = openWithSales(2);
    await feed(boxOffice, connect(first.bundle));
    const second = await startIntake();
    sell(boxOffice, { now: NOW, sessionCode: boxOffice.sessions[0]!.sessionCode });
    await feed(boxOffice, connect(second.bundle));
    const told = second.arrived.filter(({ api }) => api === 'ImportTickets').flatMap(({ rows }) => rows);
    expect(new Set(told.map((row) => row.filmTicketCode))).toEqual(
      new Set(boxOffice.tickets.map((ticket) => ticket.filmTicketCode)),
    );
    expect(second.arrived.map(({ api }) => api)).toContain('ImportPublicKeys');
  });

  it('says in one sentence why it was refused: a wrong key, a refused row, nobody there, somebody else there', async () => {
    const { bundle } = await startIntake((api) => {
      if (api === 'ImportFilms') throw new ProtocolError('INVALID_CODE', 'Films[2].FilmCode must be known');
    });
    const boxOffice = openWithSales(1);
    const { privateKeyPem } = await keyPairOf('a stranger');
    await expect(feed(boxOffice, connect({ ...bundle, PrivateKey: privateKeyPem }))).rejects.toMatchObject({
      expected: true,
      message: expect.stringMatching(/did not take ImportCinemas \(SIGNATURE_INVALID: .+\)\.$/),
    });
    await expect(feed(boxOffice, connect(bundle))).rejects.toMatchObject({
      expected: true,
      message: expect.stringContaining('did not take ImportFilms (INVALID_CODE: Films[2].FilmCode must be known).'),
    });
    const gone = await startPeer(() => ({}));
    await gone.close();
    await expect(feed(boxOffice, connect({ ...bundle, Url: gone.url }))).rejects.toThrow(/ECONNREFUSED/);
    const other = await startPeer(() => ({ body: '<html>' }));
    await expect(feed(boxOffice, connect({ ...bundle, Url: other.url }))).rejects.toMatchObject({ expected: true });
    expect(boxOffice.fed).toMatchObject({ cinemas: 1, screens: 3, films: 0, tickets: 0 });
  });
});
