import { parseWallClock } from '@ticket-check/protocol';
import { publicPart, rotateUkey, type Ticket } from '@ticket-check/simulators/box-office';
import type { Role } from '@ticket-check/simulators/dev-network';
import { shanghaiTime } from '../../testing/client.ts';
import { type PlainScene, plainScene } from '../../testing/plain-scene.ts';
import { doorsOf, guestsAt } from '../guests.ts';
import type { ProofResult } from '../proof-result.ts';
import { inLastWords, openProofSite, type ProofSite, provisionTerminal } from '../proof-site.ts';
import { until } from '../until.ts';
import { forgedCodes } from './flood.ts';
import { persist } from './persist.ts';

const BROKEN = { PublicKey: 'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ', StartTime: '2026-01-01T00:00:00' };

/** Where a terminal is, and whose /health reports what the plain platform sends. */
interface Under {
  name: string;
  fetcher: 'third-party-platform' | 'terminal-agent';
}

const PLACES: readonly Under[] = [
  { name: 'under a third-party platform', fetcher: 'third-party-platform' },
  { name: 'directly under a plain platform', fetcher: 'terminal-agent' },
];

/**
 * A plain platform that sends an empty list of keys, then a broken key among good ones: above a third-party platform and
 * directly above a terminal. Neither keeps a guest out, and both are visible in /health. Reading K3.
 */
export async function proveUnusableKeys(result: ProofResult): Promise<void> {
  await Promise.all(PLACES.map((place) => proveAt(place, result)));
}

async function proveAt(place: Under, result: ProofResult): Promise<void> {
  const site = await openProofSite();
  const scene = await plainScene();
  const { fetcher } = place;
  try {
    await site.startAll([...new Set<Role>([fetcher, 'terminal-agent'])]);
    await scene.setUpstream(site, fetcher);
    if (fetcher === 'third-party-platform') await provisionTerminal(site, 'terminal');
    await prove({ ...place, site }, scene, result);
    if (scene.plain.foreign.length > 0) result.failures.push(`the plain platform was sent ${scene.plain.foreign}`);
  } catch (error) {
    result.failures.push(inLastWords(site, error));
  } finally {
    await site.close();
    await scene.plain.close();
  }
}

async function prove(
  { name, site, fetcher }: Under & { site: ProofSite },
  scene: PlainScene,
  { failures }: ProofResult,
): Promise<void> {
  const { plain, cinema, boxOffice } = scene;
  const [door] = await doorsOf(site, name, ['gate-1']);
  const guests = guestsAt([door!], [], () => 0);
  const [forged] = forgedCodes(boxOffice, 1);
  const keysNow = async () => keysAt(site, fetcher, cinema);
  const admit = async (ticket: Ticket, when: string) => {
    const { failure } = await persist(guests, ticket, door!);
    if (failure !== null) failures.push(`${name}, ${when}: ${failure}`);
  };
  /** A forged code makes keys be asked for; waits until what the plain platform sends is known. */
  const fetchAgain = (what: string, isThere: (alarm: string | null) => boolean) =>
    until(`${what} ${name}`, async () => {
      const { Verdict } = await door!.scan(forged!);
      if (Verdict !== 'NOT_GENUINE' && Verdict !== 'KEYS_PENDING')
        failures.push(`a forged code was answered ${Verdict}`);
      return isThere((await keysNow()).alarm);
    });

  await until(`keys ${name}`, async () => (await keysNow()).has);
  await admit(scene.sold(), 'with its keys');
  const good = plain.publicKeys.get(cinema)!;
  plain.publicKeys.set(cinema, []);
  await fetchAgain('an alarm for an empty list', (alarm) => alarm?.includes('no keys') === true);
  await admit(scene.sold(), 'after an empty list');

  // Ukeys start at whole seconds, each later than the one before.
  await until('the next second', () => boxOffice.ukeys.at(-1)!.startTime < shanghaiTime());
  const underOldKey = scene.sold();
  const ukey = rotateUkey(boxOffice, { startTime: parseWallClock(shanghaiTime()) });
  const all = [{ PublicKey: publicPart(ukey).spki, StartTime: ukey.startTime }, ...good];
  plain.publicKeys.set(cinema, [BROKEN, ...all]);
  await admit(scene.sold(), 'under a new key beside a broken one');
  await admit(underOldKey, 'under an old key beside a broken one');
  await fetchAgain('an alarm for a broken key', (alarm) => alarm?.includes('PUBLIC_KEY') === true);
  plain.publicKeys.set(cinema, all);
  await fetchAgain('the end of the alarm', (alarm) => alarm === null);
}

/** What a service that fetches keys says of a cinema's in /health. */
async function keysAt(site: ProofSite, fetcher: Role, cinema: string): Promise<{ has: boolean; alarm: string | null }> {
  const { cinemas, withoutKeys, withAlarm } = JSON.parse((await site.get(fetcher, '/health')).text).keys;
  if (fetcher === 'third-party-platform') {
    return {
      has: cinemas > 0 && !withoutKeys.includes(cinema),
      alarm: withAlarm.find(({ cinemaCode }: { cinemaCode: string }) => cinemaCode === cinema)?.alarm ?? null,
    };
  }
  const own = cinemas.find(({ cinemaCode }: { cinemaCode: string }) => cinemaCode === cinema);
  return { has: own?.keys > 0, alarm: own?.alarm ?? null };
}
