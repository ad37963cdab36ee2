// @module-tag process
// @module-tag service
import { expect, it } from 'vitest';
import { film, makeCinema, ukey } from '../testing/evening.ts';
import { plugInScanner } from '../testing/serial-line.ts';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { healthOf, listedScans } from '../testing/test-terminal.ts';

const longUkey = makeUkey(ukey.key.startTime, 2048);

/** A terminal with a scanner at its second gate, and tickets that were sold. */
async function startAtSerialPort(sold: { short?: number; long?: number }) {
  const line = await plugInScanner();
  const settings = { SCANNERS: `left=serial:${line.path},gate=gate-2` };
  const { platform, terminal } = await makeCinema({ keys: [ukey.key, longUkey.key], settings });
  const sell = (count: number, by: typeof ukey) => Array.from({ length: count }, () => sellTicket(by, film));
  const tickets = [...sell(sold.short ?? 0, ukey), ...sell(sold.long ?? 0, longUkey)];
  for (const { info } of tickets) platform.sell(info);
  const agent = await terminal.start();
  const scans = async () =>
    (await listedScans(terminal, 100)).map(({ Verdict, Gate, FilmTicketCode, Detail }) => [
      Verdict,
      Gate,
      FilmTicketCode ?? Detail,
    ]);
  const scanner = async () => (await healthOf(agent, terminal.env.DATA_DIR ?? '')).scanners.devices[0];
  await expect.poll(scanner).toMatchObject({ name: 'left', driver: 'serial', enabled: true, error: null });
  return { line, tickets, scans, scanner };
}

const admitted = (tickets: readonly ReturnType<typeof sellTicket>[]) =>
  tickets.map(({ info }) => ['ADMIT', 'gate-2', info.filmTicketCode]);

it('checks what a serial scanner reads at its gate: codes of 180 and 352 characters, in pieces and back to back', async () => {
  const { line, tickets, scans } = await startAtSerialPort({ short: 20, long: 20 });
  expect(new Set(tickets.map(({ code }) => code.length))).toEqual(new Set([180, 352]));
  const sent = tickets.map(({ code }) => `${code}\r\n`).join('');
  for (let from = 0; from < sent.length; from += 64) line.send(sent.slice(from, from + 64));
  await expect.poll(scans).toEqual(admitted(tickets));
});

it('finds a scanner again that was unplugged in the middle of a read, and shows meanwhile that it is gone', async () => {
  const { line, tickets, scans, scanner } = await startAtSerialPort({ short: 2 });
  const [first, second] = tickets.map(({ code }) => code);
  line.send(`${first}\r${second?.slice(0, 64)}`);
  await expect.poll(async () => (await scans()).slice(0, 1)).toEqual(admitted(tickets.slice(0, 1)));
  await line.unplug();
  await expect
    .poll(scanner)
    .toMatchObject({ claimed: false, enabled: false, error: expect.stringContaining('plugged') });

  await line.plugIn();
  await expect.poll(scanner).toMatchObject({ claimed: true, enabled: true, error: null });
  line.send(`${second}\r`);
  const torn = ['UNREADABLE', 'gate-2', 'cut-short'];
  await expect.poll(scans).toEqual([...admitted(tickets.slice(0, 1)), torn, ...admitted(tickets.slice(1))]);
});
