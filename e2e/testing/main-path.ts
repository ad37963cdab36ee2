import { join } from 'node:path';
import { connectScanner, type Demo, openDemo, type ScanVerdict, walk } from '@ticket-check/simulators/dev-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shanghaiTime } from './client.ts';
import type { Settings, Site } from './site.ts';
import { eventually } from './site.ts';
import { testSite } from './test-site.ts';

type Scanned = ScanVerdict & { Confirmed?: boolean };

/** What the tests of a running site have in hand. */
export interface MainPath {
  site: Site;
  demo: () => Demo;
  scan: (text: string) => Promise<Scanned>;
  /** Scans and expects an admission; answers it with the times between which it was made. */
  admit: (text: string) => Promise<Scanned & { between: [string, string] }>;
  /** The records of a ticket at the national platform. */
  recordsOf: (filmTicketCode: string) => Promise<Record<string, unknown>[]>;
  /** Resolves once the admitted scan's record is at the national platform, once and as it was made. */
  arrived: (filmTicketCode: string, admission: Awaited<ReturnType<MainPath['admit']>>) => Promise<void>;
}

/** From the scan to the national platform, while everything runs; `prove` stops, kills and cuts off services at any moment. */
export async function describeMainPath(
  name: string,
  settings: Settings,
  more: (path: MainPath) => void = () => {},
): Promise<void> {
  const site = await testSite(settings);

  describe(name, { timeout: 90_000 }, () => {
    let opened: Demo | undefined;
    const demo = () => opened!;
    const scan: MainPath['scan'] = async (text) => (await connectScanner(site))(text);

    const admit: MainPath['admit'] = async (text) => {
      const from = shanghaiTime();
      const verdict = await scan(text);
      expect(verdict).toMatchObject({ Verdict: 'ADMIT', Confirmed: expect.any(Boolean) });
      return { ...verdict, between: [from, shanghaiTime()] };
    };

    const recordsOf: MainPath['recordsOf'] = async (filmTicketCode) => {
      const records = await site.list('national-platform', 'records', 'list');
      return records.filter(({ FilmTicketCode }) => FilmTicketCode === filmTicketCode);
    };

    const arrived: MainPath['arrived'] = async (filmTicketCode, { RecordId, between: [from, to] }) => {
      const [record] = await eventually(async () => {
        const records = await recordsOf(filmTicketCode);
        expect(records).toHaveLength(1);
        return records;
      });
      // Two platforms away from the gate.
      expect(record).toMatchObject({
        RecordId,
        First: true,
        Quarantined: false,
        Gate: 'gate-1',
        Offline: expect.any(Boolean),
      });
      expect(record!.CheckTime! >= from && record!.CheckTime! <= to, `${record!.CheckTime}`).toBe(true);
    };

    beforeAll(async () => {
      await site.startAll();
      opened = await openDemo(site, join(site.directory, 'demo'));
    });
    afterAll(() => opened?.close());

    test('every guest of the walk gets the verdict that is due, and the first one’s record arrives once', async () => {
      const from = shanghaiTime();
      const { steps, record, passed } = await walk(site, demo(), () => {});
      expect(steps.map(({ guest, verdict }) => [guest, verdict.Verdict])).toEqual(
        steps.map(({ guest, expected }) => [guest, expected]),
      );
      expect(passed).toBe(true);
      const [good] = demo().boxOffice.tickets;
      const admission = { ...steps[0]!.verdict, between: [from, shanghaiTime()] as [string, string] };
      await arrived(good!.filmTicketCode, admission);
      expect(record?.line.RecordId).toBe(admission.RecordId);
    });

    more({ site, demo, scan, admit, recordsOf, arrived });
  });
}
