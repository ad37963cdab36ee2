import { createRecordStore } from '@ticket-check/check-records';
import { createEnrolments } from '@ticket-check/exchange';
import { cinemaKind, startTestPlatform } from '@ticket-check/national-platform/testing/test-platform';
import * as protocol from '@ticket-check/protocol';
import { keepingRefusal, makeTerminal } from '@ticket-check/terminal-agent/testing/test-terminal';
import type { ThirdPartyStore } from '@ticket-check/third-party-platform/database';
import { addOperatorTo, withStore } from '@ticket-check/third-party-platform/testing/console-browser';
import * as stock from '@ticket-check/third-party-platform/testing/stock';
import * as cinema from '@ticket-check/third-party-platform/testing/test-cinema';
import { ask, createSite, createTerminal } from '@ticket-check/third-party-platform/testing/test-platform';
import { uuidv7 } from 'uuidv7';
import { expect, onTestFinished } from 'vitest';

const { addDays, addSeconds, businessDate, parseRecordId, wallClockAt } = protocol;
const { CINEMA, checkTicket, OTHER_CINEMA, receivedRecord, sellTicket } = cinema;
const { claimFor, createClaimStore, createServedCinemas, followingEntries, HEALTHY, recordPickUp } = stock;

const ukey = cinema.makeUkey();
/** Entered twice; the second entry was refused above. */
export const first = checkTicket(sellTicket(ukey));
export const again = {
  ...first,
  recordId: parseRecordId('019a0000-0000-7000-9500-000000000001'),
  checkTime: addSeconds(first.checkTime, 30),
};
/** Quarantined. */
export const aside = checkTicket(sellTicket(ukey));
/** Of nothing as the others are; refused above, too. */
const soldElsewhere = checkTicket(sellTicket(ukey, OTHER_CINEMA));
export const elsewhere = {
  ...soldElsewhere,
  screenCode: '0000000000000009' as typeof aside.screenCode,
  filmCode: '009900000000' as typeof aside.filmCode,
  sessionCode: '9900000000000000' as typeof aside.sessionCode,
};

const STATE = { ...HEALTHY, gates: HEALTHY.gates.map((gate) => ({ ...gate, error: 'it could not be started: COM3' })) };

type RecordTables = Parameters<typeof createRecordStore>[0];

async function keepRecords(store: RecordTables, options?: Parameters<typeof createRecordStore>[1]) {
  const records = createRecordStore(store, options);
  const made = { gate: 'gate-1', offline: true, decidedMs: 1431 };
  const quarantined = { ...aside, ...made, quarantine: 'CODE_NOT_GENUINE' } as const;
  const there = { ...elsewhere, account: 'terminal-2', gate: 'gate-9' };
  const all = [{ ...first, ...made }, { ...again, ...made }, quarantined, there];
  const received = all.map((record) => receivedRecord(ukey, record));
  await records.keep(received, { forward: true });
  return records;
}

/** @param more puts more into its store, before anybody looks */
export async function startThirdParty(
  more: (store: ThirdPartyStore) => Promise<void> = async () => {},
  settings: Record<string, string> = {},
) {
  const site = await createSite('', settings);
  const service = await site.start();
  const terminal = createTerminal(await site.issue('door-1', CINEMA, service.url));
  await site.issue('door-2', OTHER_CINEMA, service.url);
  const counts = { ADMIT: 2, ALREADY_ENTERED: 1, REFUNDED: 1, UNREADABLE: 3, KEYS_UNAVAILABLE: 1 };
  const scans = { businessDate: businessDate(wallClockAt(Date.now())), counts };
  await ask(terminal, 'ReportTerminalState', protocol.reportTerminalStateQueryJson(STATE, scans));
  await withStore(site, async (store) => {
    const records = await keepRecords(store, { inSameTransaction: followingEntries(store) });
    const now = wallClockAt(Date.now());
    const made = { gate: '', offline: false, decidedMs: 431, forwarderSeconds: 2, receivedAt: now };
    const reason = { revision: 0, errorCode: 'INVALID_PRICE', errorMessage: 'the price is wrong' };
    const refused = [again, elsewhere].map((one) => ({ record: receivedRecord(ukey, { ...one, ...made }), ...reason }));
    await records.outbox.park(refused, now, addSeconds(now, 3600));
    await createServedCinemas(store).add([CINEMA]);
    const { startTime, cinemaCode, filmTicketCode } = first;
    await recordPickUp(store, { startTime, cinemaCode, filmTicketCode }, { pickedUpAt: now, account: 'booth-1' });
    await createClaimStore(store, Date.now).claim(claimFor('terminal-1'));
    await createEnrolments(store, Date.now).create({ username: 'door-3', cinemaCodes: [CINEMA], by: 'anna' });
    await addOperatorTo(store, 'anna', 'administrator');
    await more(store);
  });
  return service.consoleUrl;
}

/** A platform reports a business date that is over, and none of its records has arrived. */
async function tellYesterday(vendor: Awaited<ReturnType<Awaited<ReturnType<typeof startTestPlatform>>['issue']>>) {
  const date = addDays(businessDate(wallClockAt(Date.now())), -1);
  const at = (time: string) => `${date}T${time}`;
  const told = {
    ...{ CinemaCode: CINEMA, BusinessDate: date, CountedAt: wallClockAt(Date.now()), Entries: 2, Delivered: 2 },
    Hours: [{ Hour: at('19'), Records: 2, Hash: 'a'.repeat(64), Quarantined: 0, Undelivered: 0 }],
  };
  expect(await vendor.data('ReportBusinessDay', told)).toEqual({ Kept: true });
}

type NationalStore = Awaited<ReturnType<typeof startTestPlatform>>['store'];

/** @param more puts more into its store, before anybody looks */
export async function startNational(more: (store: NationalStore) => Promise<void> = async () => {}) {
  const platform = await startTestPlatform();
  onTestFinished(() => platform.close());
  platform.now.value = Date.now();
  const vendor = await platform.issue('platform-1');
  await platform.take(cinemaKind, [{ cinemaCode: CINEMA, cinemaName: '' }]);
  await keepRecords(platform.store);
  await tellYesterday(vendor);
  await addOperatorTo(platform.store, 'anna', 'administrator');
  await more(platform.store);
  return platform.consoleUrl;
}

type TerminalStore = Awaited<ReturnType<Awaited<ReturnType<typeof makeTerminal>>['open']>>;

/** @param more puts more into its store, before anybody looks */
export async function startTerminal(more: (store: TerminalStore) => Promise<void> = async () => {}) {
  const terminal = await makeTerminal({ now: Date.now });
  const agent = await terminal.start();
  const store = await terminal.open();
  await keepRecords(store);
  await addOperatorTo(store, 'anna', 'administrator');
  const { recordId, cinemaCode, filmTicketCode, startTime, checkTime } = again;
  const ticket = { cinemaCode, filmTicketCode, startTime };
  const late = { lateVerdict: 'ALREADY_ENTERED', lateNoticedAt: checkTime, lateFirstEntry: first.checkTime };
  const bare = { textHash: '', gate: 'gate-1', scannedAt: checkTime, ...ticket };
  // Made now, as the counts of the day have it.
  const refused = parseRecordId(uuidv7());
  const insert = store.db.insertInto('scan');
  await insert.values([{ ...bare, recordId, verdict: 'ADMIT', ...late }]).execute();
  await insert.values([{ ...bare, recordId: refused, verdict: 'ALREADY_ENTERED' }]).execute();
  await keepingRefusal(store.db, { ...again, recordId: refused }, null).execute();
  // One gate is out of order, and people went through one unadmitted.
  const times = { since: checkTime, last: checkTime, count: 2 };
  const alarms = [
    { kind: 'out-of-order' as const, gate: 'gate-2', ...times, what: 'the port was unplugged' },
    { kind: 'passed' as const, gate: 'gate-1', ...times, what: '' },
  ];
  await store.db.insertInto('gateAlarm').values(alarms).execute();
  await store.db.insertInto('unpassedAdmission').values({ recordId, gate: 'gate-1', noticedAt: checkTime }).execute();
  await more(store);
  return agent.consoleUrl;
}
