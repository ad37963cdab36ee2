import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { ask, type Bundle, shanghaiTime } from '../../testing/client.ts';
import { checkRecord, reportQuery } from '../../testing/tickets.ts';
import type { Reported } from '../oracle/stores.ts';

const MAX_A_REPORT = 4;
const AFTER_A_FAULT_MS = 50;
const BETWEEN_MS = 20;

/** A plain peer that reports records of other doors, each once; what was answered `true` is what a platform has promised. */
export function reportStream(bundle: Bundle, tickets: readonly Ticket[], chance: () => number) {
  const reported: Reported[] = [];
  let stopped = false;

  async function report(batch: readonly Ticket[]): Promise<void> {
    const checkTime = shanghaiTime();
    const records = batch.map((ticket) => checkRecord(ticket, { CheckTime: checkTime }));
    const query = reportQuery(
      bundle.CinemaCodes[0] === '*' ? batch[0]!.cinemaCode : bundle.CinemaCodes[0]!,
      ...records,
    );
    let confirmed = false;
    try {
      const { ReportResult } = await ask(bundle, 'ReportOriginalCheckTickets', query);
      confirmed = ReportResult === true;
    } catch {
      await delay(AFTER_A_FAULT_MS);
    }
    reported.push(...batch.map(({ filmTicketCode }) => ({ filmTicketCode, checkTime, confirmed })));
  }

  const running = (async () => {
    for (let from = 0; from < tickets.length && !stopped; ) {
      const count = 1 + Math.floor(chance() * MAX_A_REPORT);
      await report(tickets.slice(from, from + count));
      from += count;
      await delay(BETWEEN_MS);
    }
  })();
  return {
    reported,
    async stop() {
      stopped = true;
      await running;
    },
  };
}
