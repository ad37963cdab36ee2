import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import { makeUkey, sellTicket, startPlatform } from '@ticket-check/terminal-agent/testing/test-cinema';
import { makeTerminal } from '@ticket-check/terminal-agent/testing/test-terminal';

type Store = Awaited<ReturnType<Awaited<ReturnType<typeof makeTerminal>>['open']>>;

/**
 * A terminal that has let two guests in, whom nobody saw go through one of its gates, and refused one of their tickets when it
 * came again; the other gate is out of order, and somebody went through it whom nobody let in.
 *
 * @param more puts more into its store, before anybody looks
 */
export async function startTerminalAtWork(more: (store: Store) => Promise<void>) {
  const film = addSeconds(wallClockAt(Date.now()), 600);
  const ukey = makeUkey(addSeconds(film, -86_400));
  const platform = await startPlatform({ now: Date.now, kind: 'claiming', keys: [ukey.key] });
  const terminal = await makeTerminal({ now: Date.now });
  await terminal.setUpstream(platform.bundle);
  const agent = await terminal.start();
  const [ticket, another] = [sellTicket(ukey, film), sellTicket(ukey, film)];
  for (const { info } of [ticket, another]) platform.sell(info);
  const entered = await agent.scan(ticket.code);
  const enteredToo = await agent.scan(another.code);
  const refused = await agent.scan(ticket.code, 'gate-2');
  const store = await terminal.open();
  const at = wallClockAt(Date.now());
  const unpassed = [entered, enteredToo].map(({ RecordId: recordId = '' }) => ({
    recordId,
    gate: 'gate-1',
    noticedAt: at,
  }));
  await store.db.insertInto('unpassedAdmission').values(unpassed).execute();
  await store.db
    .insertInto('gateOutOfOrder')
    .values({ gate: 'gate-2', since: at, what: 'the port was unplugged' })
    .execute();
  await store.db.insertInto('unadmittedPassage').values({ gate: 'gate-2', since: at, last: at, count: 2 }).execute();
  await more(store);
  return {
    consoleUrl: agent.consoleUrl,
    refused: refused.Verdict,
    filmTicketCode: ticket.info.filmTicketCode,
    leavePlatform: () => store.db.deleteFrom('upstream').execute(),
  };
}
