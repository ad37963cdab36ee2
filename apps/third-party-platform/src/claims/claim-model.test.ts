import { createRecordStore, createReversals, type ReceivedRecord } from '@ticket-check/check-records';
import { addSeconds, parseRecordId } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { makeUkey, receivedRecord } from '../testing/test-cinema.ts';
import { type ClaimStore, claimingRecords, createClaimStore, freeingUndone } from './claim-store.ts';
import { NOTHING_KNOWN, type TicketState, transition, type WithoutClaim } from './transition.ts';

const ukey = makeUkey();
const SCANS = 4;
const ACCOUNTS = ['terminal-1', 'terminal-2'] as const;

/** `recorded`: the account that each record which was kept came through. */
type Model = { state: TicketState; readonly recorded: Map<string, string> };
type Real = { claims: ClaimStore; store: Store<ThirdPartyTables>; ticket: ReceivedRecord; round: number };
type Scan = { readonly scan: number; readonly account: (typeof ACCOUNTS)[number] };
type Command = fc.AsyncCommand<Model, Real>;

const recordIn = ({ ticket, round }: Real, { scan, account }: Scan): ReceivedRecord => ({
  ...ticket,
  recordId: parseRecordId(`019a0000-0000-7000-9200-${String(round * 10 + scan).padStart(12, '0')}`),
  checkTime: addSeconds(ticket.startTime, scan),
  account,
});

const at = '2026-11-24T20:00:00';

/** Lets the same happen to the model and to the store, whose answers have to agree. */
function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name };
}

const claiming = (given: Scan) =>
  command(`claim ${JSON.stringify(given)}`, async (model, real) => {
    const { cinemaCode, filmTicketCode, startTime, recordId, checkTime, account } = recordIn(real, given);
    const claim = { recordId, checkTime, gate: `gate-${given.scan}`, account, objection: null };
    const { state, answer } = transition(model.state, { ...claim, kind: 'claim', claimedAt: at });
    expect(await real.claims.claim({ cinemaCode, filmTicketCode, startTime, ...claim })).toEqual(answer);
    model.state = state;
  });

const releasing = (given: Scan & { uncertain: boolean; withoutClaim: WithoutClaim }) =>
  command(`release ${JSON.stringify(given)}`, async (model, real) => {
    const { cinemaCode, filmTicketCode, startTime, recordId, account } = recordIn(real, given);
    const { uncertain, withoutClaim } = given;
    const event = { kind: 'release', recordId, account, uncertain, withoutClaim, releasedAt: at } as const;
    const { state, answer } = transition(model.state, event);
    const release = { cinemaCode, filmTicketCode, startTime, recordId, account, uncertain, withoutClaim };
    expect(await real.claims.release(release)).toBe(answer);
    model.state = state;
  });

const reporting = (scan: number) =>
  command(`report ${scan}`, async (model, real) => {
    const record = recordIn(real, { scan, account: ACCOUNTS[scan % 2] ?? ACCOUNTS[0] });
    const records = createRecordStore(real.store, { inSameTransaction: claimingRecords(real.store) });
    await records.keep([record], { forward: false });
    model.recorded.set(record.recordId, record.account);
    model.state = transition(model.state, { kind: 'report', record }).state;
  });

const undoing = (given: Scan) =>
  command(`undo ${JSON.stringify(given)}`, async (model, real) => {
    const record = recordIn(real, given);
    const { recordId, account } = record;
    const reversals = createReversals(real.store, { inSameTransaction: freeingUndone(real.store) });
    const reversal = { ...record, recordId: undoingIdOf(recordId), reverses: recordId, reversedAt: record.checkTime };
    const faults = await reversals.keep([reversal], { maxOfTicket: 16, forward: true });
    const owner = model.recorded.get(recordId) ?? account;
    expect([...faults.values()]).toEqual(owner === account ? [] : ['NOT_RECORD_OWNER']);
    if (faults.size > 0) return;
    model.state = transition(model.state, { kind: 'undo', record, undoneAt: at }).state;
  });

const undoingIdOf = (recordId: string) => parseRecordId(recordId.replace('-9200-', '-9300-'));

const scans = fc.record({ scan: fc.nat(SCANS - 1), account: fc.constantFrom(...ACCOUNTS) });
const commands = fc.commands(
  [
    scans.map(claiming),
    scans.map(undoing),
    fc
      .record({
        scan: fc.nat(SCANS - 1),
        account: fc.constantFrom(...ACCOUNTS),
        uncertain: fc.boolean(),
        withoutClaim: fc.constantFrom('keep', 'ignore', 'refuse', 'too-early'),
      })
      .map(releasing),
    fc.nat(SCANS - 1).map(reporting),
  ],
  { maxCommands: 12 },
);

describeEachEngine('the claim store and the record store', (engine) => {
  test('do what the rule says, whatever happens in whatever order', async () => {
    const store = await engine.open<ThirdPartyTables>(thirdPartyMigrations, await engine.url());
    let round = 0;
    await fc.assert(
      fc.asyncProperty(commands, async (happening) => {
        round += 1;
        const ticket = receivedRecord(ukey, { account: '' });
        const real = { claims: createClaimStore(store, Date.now), store, ticket, round };
        const model: Model = { state: NOTHING_KNOWN, recorded: new Map() };
        await fc.asyncModelRun(() => ({ model, real }), happening);
        const { holder } = await real.claims.known(ticket);
        expect(holder?.recordId ?? null).toBe(model.state.holder?.recordId ?? null);
        expect(holder?.recorded ?? null).toBe(model.state.holder?.recorded ?? null);
      }),
      { numRuns: 40 },
    );
  });
});
