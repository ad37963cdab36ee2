import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { uuidv7 } from 'uuidv7';
import { type Bundle, replyData, request, shanghaiTime, signedBody } from '../../testing/client.ts';
import { checkRecord, reportQuery } from '../../testing/tickets.ts';
import { oneByOne } from '../one-by-one.ts';
import type { Reported } from '../oracle/stores.ts';
import { until } from '../report.ts';
import type { Scene } from './scene.ts';

const A_REPORT = 3;
const BETWEEN_MS = 400;
const TAKEN_WITHIN_MS = 10_000;
const AGAIN_AFTER_MS = 200;
/** Between decision and report, as at a door that was offline. */
const KNOWN_BEFORE_MS = 300;

/** The data of the door that speaks extensions: its account is bound to them. */
export const DOOR_STORE = 'store-of-the-extended-door';

/** A door of the honest cinema with somebody else's software: its reports are to be confirmed within seconds, whatever neighbours do. */
export function honestDoor(scene: Scene, bundle: Bundle, tickets: readonly Ticket[], extended: boolean) {
  const [confirmed, failures] = [[] as Reported[], [] as string[]];
  const headers: Record<string, string> = extended ? { 'ticket-check-extensions': 'record-id, signed-store' } : {};

  async function report(batch: readonly Ticket[]): Promise<void> {
    const checkTime = shanghaiTime();
    if (!extended) {
      scene.upcoming.push(...batch.map((ticket) => ({ ticket, checkTime })));
      await delay(KNOWN_BEFORE_MS);
    }
    const more = () => ({ CheckTime: checkTime, ...(extended && { RecordId: uuidv7() }) });
    const records = batch.map((ticket) => checkRecord(ticket, more()));
    const query = { ...reportQuery(batch[0]!.cinemaCode, ...records), ...(extended && { Store: DOOR_STORE }) };
    let said = 'nothing';
    const isTaken = async () => {
      const body = signedBody(bundle, 'ReportOriginalCheckTickets', query);
      const data = await request(bundle, body, { headers }).then(replyData).catch(String);
      said = JSON.stringify(data);
      if (typeof data === 'string' || data.ReportResult !== true) return false;
      scene.captured.push({ bundle, api: 'ReportOriginalCheckTickets', body, headers });
      return confirmed.push(...batch.map(({ filmTicketCode }) => ({ filmTicketCode, checkTime, confirmed: true })));
    };
    const missed = () => `a report of ${bundle.Username} is taken, which was answered ${said}`;
    const within = { withinMs: TAKEN_WITHIN_MS, everyMs: AGAIN_AFTER_MS };
    await until(missed, isTaken, within).catch((error) => failures.push(error.message));
    await delay(BETWEEN_MS);
  }

  const batches = Map.groupBy(tickets, (ticket) => Math.floor(tickets.indexOf(ticket) / A_REPORT)).values();
  return { confirmed, failures, ...oneByOne(batches, report) };
}
