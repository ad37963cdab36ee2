import { APIS, reportQueryJson } from '@ticket-check/protocol';
import { describePostgres, watchProtocol } from '@ticket-check/storage/testing';
import { expect, it, vi } from 'vitest';
import { makeForwarder } from '../testing/open-records.ts';
import { answerTo, startPlatform } from '../testing/platform.ts';
import { CINEMA, makeRecord } from '../testing/records.ts';

const now = () => Date.parse('2026-11-24T20:00:00+08:00');
const PATIENT = { timeout: 60_000, interval: 10 };

/**
 * The statements, and how many transactions they were: one outside a transaction is one. What a store looks at by itself is left
 * out.
 */
function countsOf(noted: readonly string[]) {
  const statements: string[] = [];
  let [isOpen, commits] = [false, 0];
  for (const text of noted.filter((each) => !each.startsWith('select generation'))) {
    const begins = /^(begin|start transaction)/.test(text);
    isOpen = begins || (isOpen && text !== 'commit');
    // How far the server has come is asked in one transaction with the statement before.
    if (!isOpen && !text.startsWith('select pg_walfile_name')) commits += 1;
    if (!begins && text !== 'commit') statements.push(text.replaceAll(/["(\s]+/g, ' ').slice(0, 26));
  }
  return { statements, commits };
}

describePostgres('a lone report', (engine) => {
  it('costs 9 statements and 5 commits until the platform above has it', async () => {
    const national = await startPlatform(engine, { now });
    const platform = await startPlatform(engine, { now, forward: true });
    const upstream = await national.connect();
    const settings = { pollMs: 600_000 };
    const forwarder = makeForwarder(platform.records, { upstream: async () => upstream, now, settings });
    forwarder.start();
    const terminal = await platform.connect();
    let delivered = 0;
    forwarder.onDelivered(() => {
      delivered += 1;
    });
    const protocol = watchProtocol();
    async function report(number: number) {
      protocol.take();
      const wire = { extended: true, overrides: false, origins: false, priceForm: 'two-decimals' } as const;
      const reply = await answerTo(
        terminal,
        APIS.reportOriginalCheckTickets,
        reportQueryJson(CINEMA, [makeRecord(number)], wire),
      );
      expect(reply).toMatchObject({ ReportResult: true });
      await vi.waitFor(() => expect(delivered).toBe(number), PATIENT);
      return countsOf(protocol.take().statements);
    }
    // The first one finds out what the platform above speaks.
    await report(1);
    await forwarder.drain();
    expect(await report(2)).toEqual({
      statements: [
        // Taken in: the account, the record, its place in the outbox with the sole right to send the records of the cinema, and how
        // far the server has come.
        'select account . username ',
        'insert into check_record r',
        'with part_0 as insert into',
        'select pg_walfile_name lsn',
        // Taken in above.
        'select account . username ',
        'insert into check_record r',
        'select pg_walfile_name lsn',
        // Confirmed, and the right given up.
        'with part_0 as insert into',
        'select pg_walfile_name lsn',
      ],
      commits: 5,
    });
  });
});
