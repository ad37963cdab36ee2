import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { uuidv7 } from 'uuidv7';
import { type Bundle, replyData, request, shanghaiTime, signedBody } from '../../testing/client.ts';
import { checkRecord, reportQuery } from '../../testing/tickets.ts';
import type { Reported } from '../oracle/stores.ts';
import type { Scene } from './scene.ts';

const A_REPORT = 3;
const BETWEEN_MS = 400;
const TAKEN_WITHIN_MS = 10_000;
const AGAIN_AFTER_MS = 200;
/** Between decision and report, as at a door that was offline. */
const KNOWN_BEFORE_MS = 300;

/** The data of the door that speaks extensions: its account is bound to them. */
export const DOOR_STORE = 'store-of-the-extended-door';

/**
 * A door of the honest cinema with somebody else's software, which reports genuine records: plain, or with RecordIds. What
 * it sends is seen by others. Every report is to be confirmed within seconds, whatever neighbours do.
 */
export function honestDoor(
  scene: Scene,
  { bundle, tickets, extended }: { bundle: Bundle; tickets: readonly Ticket[]; extended: boolean },
): { confirmed: Reported[]; failures: string[]; stop(): Promise<void> } {
  const [confirmed, failures] = [[] as Reported[], [] as string[]];
  const headers: Record<string, string> = extended ? { 'ticket-check-extensions': 'record-id, signed-store' } : {};
  let stopped = false;

  async function report(batch: readonly Ticket[]): Promise<void> {
    const checkTime = shanghaiTime();
    if (!extended) {
      scene.upcoming.push(...batch.map((ticket) => ({ ticket, checkTime })));
      await delay(KNOWN_BEFORE_MS);
    }
    const records = batch.map((ticket) =>
      checkRecord(ticket, { CheckTime: checkTime, ...(extended && { RecordId: uuidv7() }) }),
    );
    const from = performance.now();
    let said = 'nothing';
    for (let last = false; !last; await delay(AGAIN_AFTER_MS)) {
      last = performance.now() - from > TAKEN_WITHIN_MS;
      const query = { ...reportQuery(batch[0]!.cinemaCode, ...records), ...(extended && { Store: DOOR_STORE }) };
      const body = signedBody(bundle, 'ReportOriginalCheckTickets', query);
      try {
        const data = replyData(await request(bundle, body, { headers }));
        said = JSON.stringify(data);
        if (data.ReportResult !== true) continue;
        scene.captured.push({ bundle, api: 'ReportOriginalCheckTickets', body, headers });
        confirmed.push(...batch.map(({ filmTicketCode }) => ({ filmTicketCode, checkTime, confirmed: true })));
        return;
      } catch (error) {
        said = String(error);
      }
    }
    failures.push(`a report of ${bundle.Username} was not taken within ${TAKEN_WITHIN_MS / 1000} s: ${said}`);
  }

  const running = (async () => {
    for (let from = 0; from < tickets.length && !stopped; from += A_REPORT) {
      await report(tickets.slice(from, from + A_REPORT));
      await delay(BETWEEN_MS);
    }
  })();
  return {
    confirmed,
    failures,
    async stop() {
      stopped = true;
      await running;
    },
  };
}
