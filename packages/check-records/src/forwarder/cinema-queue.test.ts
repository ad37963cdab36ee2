import type { Upstream } from '@ticket-check/exchange';
import { APIS, addSeconds, parseWallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RecordStore } from '../store/record-store.ts';
import type { OwnStore } from '../tables/tables.ts';
import { openRecords } from '../testing/open-records.ts';
import { reply, startPlainPeer } from '../testing/plain-peer.ts';
import { CINEMA, listParked, makeRecords } from '../testing/records.ts';
import { type CinemaQueue, createCinemaQueue } from './cinema-queue.ts';
import { FORWARDER_DEFAULTS, type ForwarderSettings } from './settings.ts';

const NOW = parseWallClock('2026-11-24T20:00:00');
const now = () => Date.parse('2026-11-24T20:00:00+08:00');
const OVERLOADED = { status: 503, ...reply({ ErrorCode: 'OVERLOADED', ErrorMessage: 'later' }) };

describeEachEngine('the queue of a cinema', (engine) => {
  let store: OwnStore;
  let records: RecordStore;

  beforeEach(async () => {
    ({ store, records } = await openRecords(engine));
  });

  function queueTo(upstream: Upstream, settings: ForwarderSettings = FORWARDER_DEFAULTS): CinemaQueue {
    return createCinemaQueue({
      cinemaCode: CINEMA,
      outbox: records.outbox,
      upstream: async () => upstream,
      completion: { isGivenUp: () => true, restart: () => {} },
      settings,
      now,
      logger: pino({ level: 'silent' }),
      onLook: () => {},
      hasNews: () => false,
      onAnswered: () => {},
      onDelivered: () => {},
      isAbandoned: () => false,
    });
  }

  const run = (queue: CinemaQueue, failures: number) =>
    records.outbox.alone(CINEMA, queue.most(), (turn) => queue.run(failures, turn));

  it('parks nothing towards a peer that has too much to do, though it takes a record in between', async () => {
    const peer = await startPlainPeer(([_, ...others]) => {
      const takes = others.length === 0 && peer.reports.length > 5 && peer.kept.length === 0;
      return takes || OVERLOADED;
    }, now);
    await records.keep(makeRecords(16), { forward: true });
    const queue = queueTo(peer.upstream);
    for (const failures of Array(10).keys()) await run(queue, failures);
    expect(peer.kept).toHaveLength(1);
    expect(await records.summary()).toMatchObject({ waiting: 15, parked: 0 });
  });

  describe('with nothing but parked records that are due', () => {
    /** Stops the time that pauses are measured by; answers how to let it go on. */
    function stopPauses(): (ms: number) => void {
      let at = performance.now();
      const spy = vi.spyOn(performance, 'now').mockImplementation(() => at);
      onTestFinished(() => spy.mockRestore());
      return (ms) => {
        at += ms;
      };
    }

    async function keepParked(count: number): Promise<void> {
      await records.keep(makeRecords(count), { forward: true });
      const waiting = (await records.outbox.oldest(CINEMA, count)).complete;
      const refused = waiting.map((one) => ({ ...one, errorCode: 'HTTP_500', errorMessage: '' }));
      await records.outbox.park(refused, addSeconds(NOW, -3600), NOW);
    }

    it('asks a silent peer once, and again after a pause, until each record was tried by itself; new ones do not wait', async () => {
      const letPass = stopPauses();
      const peer = await startPlainPeer(() => () => {}, now);
      const settings = { ...FORWARDER_DEFAULTS };
      // How many records each report had when it was sent: on a busy machine not all arrive within so short a timeout.
      const sent: number[] = [];
      const upstream: Upstream = {
        ...peer.upstream,
        call(api, query, options) {
          if (api === APIS.reportOriginalCheckTickets)
            sent.push((query as { CheckTickets: unknown[] }).CheckTickets.length);
          return peer.upstream.call(api, query, options);
        },
      };
      const queue = queueTo(upstream, settings);
      await run(queue, 0);
      settings.timeoutMs = 50;
      await keepParked(3);
      const tried = async () => {
        expect(await run(queue, 0)).toBeNull();
        return sent.splice(0);
      };
      expect(await tried()).toEqual([3]);
      expect(await tried()).toEqual([]);
      for (const _ of Array(3).keys()) {
        letPass(60_000);
        expect(await tried()).toEqual([1]);
        expect(await tried()).toEqual([]);
      }
      expect((await listParked(store)).map(({ attempts }) => attempts)).toEqual([2, 2, 2]);

      peer.answer = () => true;
      settings.timeoutMs = FORWARDER_DEFAULTS.timeoutMs;
      await records.keep(makeRecords(1, { filmName: '新' }), { forward: true });
      expect(await tried()).toEqual([1]);
      expect(peer.kept).toHaveLength(1);
    });
  });
});
