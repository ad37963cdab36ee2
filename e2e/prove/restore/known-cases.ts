import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseWallClock } from '@ticket-check/protocol';
import { addSession, sell, type Ticket } from '@ticket-check/simulators/box-office';
import type { Role } from '@ticket-check/simulators/dev-network';
import { type Bundle, shanghaiTime } from '../../testing/client.ts';
import type { Site } from '../../testing/site.ts';
import { type Guest, guestsAt } from '../guests.ts';
import { until } from '../report.ts';
import { move, type World } from '../world.ts';

export type Backups = Awaited<ReturnType<typeof backupsOf>>;

/** An operator's backups of the platforms, as docs/deployment.md says. Every caller's bundle is kept for the day on which a platform moves. */
export async function backupsOf({ site, terminals, demo }: World) {
  const taken = new Map<Role, number>();
  const folder = (role: Role) => join(site.directory, role);
  const backup = (role: Role, number: number) => join(site.directory, `${role}.backup-${number}`);
  // One platform by its commands while it runs, the other one by its stopped folder.
  const byCommand = (role: Role) => role === 'third-party-platform';
  const callers: { role: Role; calls: Role; tellAddress(): Promise<unknown> }[] = [];

  async function issueAccount(caller: Site, role: Role, calls: Role, username: string): Promise<void> {
    // The cinema is named, for the keys that are needed.
    const bundle: Bundle = { ...(await site.issue(calls, username)), CinemaCodes: [demo.boxOffice.cinema.cinemaCode] };
    const tellAddress = () => {
      const Url = new URL(new URL(bundle.Url).pathname, site.urlOf(calls)).href;
      return caller.setUpstream(role, { ...bundle, Url });
    };
    callers.push({ role, calls, tellAddress });
    await tellAddress();
  }

  await issueAccount(site, 'third-party-platform', 'national-platform', 'platform-that-moves');
  for (const [index, terminal] of [...terminals.values()].entries())
    await issueAccount(terminal, 'terminal-agent', 'third-party-platform', `terminal-${index + 1}-that-stays`);

  async function take(role: Role): Promise<void> {
    const number = (taken.get(role) ?? 0) + 1;
    if (byCommand(role)) await site.command(role, ['store', 'backup', backup(role, number)]);
    else {
      await site.stop(role);
      cpSync(folder(role), backup(role, number), { recursive: true });
      await site.start(role);
    }
    rmSync(backup(role, number - 2), { recursive: true, force: true });
    taken.set(role, number);
  }

  return {
    take: (roles: readonly Role[]) => Promise.all(roles.map(take)),
    /** Kills services and replaces their data by the newest backup, or the one `before` it, at another address, which their callers get. */
    async restore(roles: readonly Role[], before = 0): Promise<void> {
      await Promise.all(roles.map((role) => site.stop(role, 'SIGKILL')));
      for (const role of roles) {
        const number = Math.max(1, (taken.get(role) ?? 0) - before);
        if (byCommand(role)) await site.command(role, ['store', 'restore', backup(role, number)]);
        else {
          rmSync(folder(role), { recursive: true });
          cpSync(backup(role, number), folder(role), { recursive: true });
          await site.command(role, ['store', 'renew-generation', '--yes']);
        }
        await move(site, role);
      }
      // A backup may also name an older address of the platform above it.
      const concerned = callers.filter(({ role, calls }) => roles.includes(calls) || roles.includes(role));
      await Promise.all(concerned.map(({ tellAddress }) => tellAddress()));
    },
  };
}

const THIRD_PARTY: readonly Role[] = ['third-party-platform'];
const BOTH: readonly Role[] = ['national-platform', 'third-party-platform'];
/** The second terminal admits from this long before the film. */
const OPENS_BEFORE_SECONDS = 3600;
/** As many starts of a service, and some seconds more, are longer than it takes to let a guest in and restore both platforms. */
const STARTS_UNTIL_RESTORED = 5;
const SECONDS_UNTIL_RESTORED = 9;

/** All that knows of an entry is restored from before it, and its ticket comes to the other terminal: no second one is confirmed. Readings C2, X4. */
export async function forgottenEntries(world: World, backups: Backups): Promise<void> {
  const { site, terminals, demo, doors, result, observed } = world;
  const [first, second] = [doors[0]!, doors.at(-1)!];
  const [, other] = [...terminals.values()];
  const guests = guestsAt(doors, [], () => 0);
  const answerTo = async (guest: Guest, door = second) => {
    const { Verdict, Confirmed } = (await guests.present(guest, door)) ?? {};
    return `${Verdict}${Confirmed === undefined ? '' : `, ${Confirmed ? '' : 'not '}confirmed`}`;
  };
  const lineIsUp = (which: string, at: Site) =>
    until(`the ${which} terminal has its line again`, async () => {
      return (await at.health('terminal-agent')).upstream.line === 'up';
    });

  /** @param opensAt when the second terminal admits, if that is not yet; epoch milliseconds */
  async function forget(
    ticket: Ticket,
    when: string,
    roles: readonly Role[],
    [before, after]: readonly [before: string, after: string],
    opensAt = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    await lineIsUp('first', site);
    // The first question of a terminal that has just started opens its connections: another guest's.
    const [warmUp] = await world.sell(1);
    await answerTo(guests.newGuest(warmUp!), first);
    await world.drained();
    await backups.take(roles);
    const guest = guests.newGuest(ticket);
    const admitted = await answerTo(guest, first);
    if (admitted !== before) result.failures.push(`before ${when}: the guest was answered ${admitted}`);
    await world.drained();
    await site.stop('terminal-agent');
    await backups.restore(roles);
    await site.startAll(roles);
    result.times += 1;
    if (Date.now() > opensAt) result.notes.push(`${when}: the session had opened meanwhile`);
    // Without the line the answer would be no proof.
    await lineIsUp('second', other!);
    const answer = await until('the session opens', async () => {
      const said = await answerTo(guest);
      return said !== 'TOO_EARLY' && said;
    });
    if (answer !== after) result.failures.push(`${when}: the guest was answered ${answer}`);
    await site.start('terminal-agent');
    await world.drained();
  }

  await site.stop('terminal-agent');
  site.env['terminal-agent'].ADMIT_BEFORE_MINUTES = '120';
  const from = performance.now();
  await site.start('terminal-agent');
  const startSeconds = (performance.now() - from) / 1000;
  const opensInSeconds = Math.ceil(STARTS_UNTIL_RESTORED * startSeconds + SECONDS_UNTIL_RESTORED);
  // One terminal lets people in two hours before the film and the other one hour: when both platforms were restored the session
  // was open at the first already, which the second cannot know.
  const opensAt = Date.now() + opensInSeconds * 1000;
  const startTime = parseWallClock(shanghaiTime(OPENS_BEFORE_SECONDS + opensInSeconds));
  const { sessionCode } = addSession(demo.boxOffice, { startTime });
  const early = sell(demo.boxOffice, { now: parseWallClock(shanghaiTime()), sessionCode, ticketType: '网络售票' });
  const [later] = await world.sell(1);
  const byBoth = 'an entry was forgotten by both platforms, made before the session opened here';
  await forget(early, byBoth, BOTH, ['ADMIT, confirmed', 'ADMIT, not confirmed'], opensAt);
  const byOne = 'an entry was forgotten only by the third-party platform';
  // Nothing is confirmed on the day after a restore.
  await forget(later!, byOne, THIRD_PARTY, ['ADMIT, not confirmed', 'ALREADY_ENTERED']);
  observed.guests.push(...guests.seen);
}

/** A backup is restored a second time: the national platform knows that its generation is in use again, and all admitted meanwhile arrives. */
export async function restoredTwice(world: World, backups: Backups): Promise<void> {
  const { site, doors, result, observed } = world;
  const guests = guestsAt(doors, [], () => 0);
  const tickets = await world.sell(3);
  const admitAt = async (door: number) => {
    const verdict = await guests.present(guests.newGuest(tickets[door]!), doors[door]!);
    if (verdict?.Verdict !== 'ADMIT') result.failures.push(`a guest was answered ${verdict?.Verdict ?? 'nothing'}`);
  };
  await backups.take(THIRD_PARTY);
  await admitAt(0);
  for (const time of [1, 2]) {
    await backups.restore(THIRD_PARTY);
    await site.startAll(THIRD_PARTY);
    result.times += 1;
    await admitAt(time);
    await world.drained();
  }
  observed.guests.push(...guests.seen);
}
