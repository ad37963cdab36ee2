import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cinemaRowJson, parseWallClock, publicKeyRowJson, screenRowJson } from '@ticket-check/protocol';
import { makeBoxOffice, publicPart, type Ticket } from '@ticket-check/simulators/box-office';
import type { Role } from '@ticket-check/simulators/dev-network';
import { ask, type Bundle, type Reply, replyData, request, shanghaiTime, signedBody } from '../../testing/client.ts';
import type { Guest } from '../guests.ts';
import { sellMany } from '../sell-many.ts';
import type { TwoTerminals } from '../two-terminals.ts';

/** A request as somebody once saw it pass. */
export interface Captured {
  bundle: Bundle;
  api: string;
  body: string;
  headers: Readonly<Record<string, string>>;
}

/** The honest cinema and its guests, and what attackers have in hand. */
export interface Scene {
  place: TwoTerminals;
  chance: () => number;
  /** The guests so far: an onlooker at the door knows their ticket and StartTime, but not the code. */
  seen: readonly Guest[];
  /** Tickets of the honest cinema that nobody brings to its doors: the attackers bought them. */
  bought: readonly Ticket[];
  /** Tickets that the honest plain door is about to report, and when: their derived RecordIds could be occupied. */
  upcoming: { ticket: Ticket; checkTime: string }[];
  captured: Captured[];
  /** The account of the honest box office. */
  honestSource: Bundle;
  /** Issues an account to a door of the honest cinema at the third-party platform. */
  accountOfDoor(username: string): Promise<Bundle>;
  /** Whether a ticket is the attackers' own. */
  isForeign(filmTicketCode: string): boolean;
  /** Of another cinema than the honest one, with its own keys and tickets. */
  otherCinema: { cinemaCode: string; tickets: readonly Ticket[] };
  accounts: {
    /** At the third-party platform, for the honest cinema. */
    terminal: Bundle;
    /** At the third-party and at the national platform, for the other cinema. */
    cinemaBelow: Bundle;
    cinemaAbove: Bundle;
    /** At the national platform, a data source of the other cinema. */
    source: Bundle;
  };
}

export const HOSTILE = 'hostile-';
const BOUGHT = 40;

/** Issues what the attackers were given, and sets up the other cinema. */
export async function setScene(place: TwoTerminals, seen: readonly Guest[], chance: () => number): Promise<Scene> {
  const { site, demo } = place;
  const bought = sellMany(demo.boxOffice, BOUGHT);
  await demo.tell();
  const now = parseWallClock(shanghaiTime());
  const other = makeBoxOffice({ now });
  const cinemaCode = other.cinema.cinemaCode as string;
  const issue = async (role: Role, username: string, cinema: string, ...more: string[]): Promise<Bundle> =>
    JSON.parse(await site.command(role, ['account', 'add', username, '--cinemas', cinema, ...more, '--out', '-']));
  const honest = demo.boxOffice.cinema.cinemaCode;
  const [terminal, cinemaBelow, cinemaAbove, source, platform] = await Promise.all([
    issue('third-party-platform', `${HOSTILE}terminal`, honest),
    issue('third-party-platform', `${HOSTILE}cinema`, cinemaCode),
    issue('national-platform', `${HOSTILE}cinema`, cinemaCode),
    issue('national-platform', `${HOSTILE}source`, cinemaCode, '--data-source'),
    site.issue('national-platform', 'platform-of-both'),
  ]);
  // The third-party platform serves both cinemas.
  const both = { ...platform, CinemaCodes: [honest, cinemaCode] };
  await site.command('third-party-platform', ['upstream', 'set', '-'], JSON.stringify(both));
  await ask(source, 'ImportCinemas', { Cinemas: [cinemaRowJson(other.cinema)] });
  const screens = other.screens.map((screen) => screenRowJson({ ...screen, cinemaCode: other.cinema.cinemaCode }));
  await ask(source, 'ImportScreens', { Screens: screens });
  const keys = other.ukeys.map((ukey) =>
    publicKeyRowJson({ cinemaCode: other.cinema.cinemaCode, spki: publicPart(ukey).spki, startTime: ukey.startTime }),
  );
  await ask(source, 'ImportPublicKeys', { PublicKeys: keys });
  const tickets = sellMany(other, BOUGHT);
  const foreign = new Set<string>([...bought, ...tickets].map(({ filmTicketCode }) => filmTicketCode));
  return {
    place,
    chance,
    seen,
    bought,
    upcoming: [],
    captured: [],
    accountOfDoor: (username) => issue('third-party-platform', username, honest),
    isForeign: (filmTicketCode) => foreign.has(filmTicketCode),
    honestSource: JSON.parse(readFileSync(join(site.directory, 'demo', 'data-source.json'), 'utf8')),
    otherCinema: { cinemaCode, tickets },
    accounts: { terminal, cinemaBelow, cinemaAbove, source },
  };
}

export const anyOf = <T>(all: readonly T[], chance: () => number): T => all[Math.floor(chance() * all.length)]!;

/** A well-formed RecordId that nobody has. */
export function inventedRecordId(): string {
  const random = randomBytes(10).toString('hex');
  const hex = `${Date.now().toString(16).padStart(12, '0')}7${random.slice(0, 3)}a${random.slice(4, 19)}`;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A text with the form of a ticket's code, of the same cinema and length, that no key opens. */
export function inventedCode({ ticketInfoCode }: Ticket): string {
  const length = Math.floor((ticketInfoCode.length - 8) / 4) * 3 - 1;
  return (
    ticketInfoCode.slice(0, 8) + randomBytes(ticketInfoCode.endsWith('==') ? length - 1 : length).toString('base64')
  );
}

/** What a reply comes to, in a word: the ErrorCode, or the result of a report, a claim, a release, or an import. */
export function wordOf(reply: Reply): string {
  const data = wordable(reply);
  if (data === null) return `HTTP ${reply.status}`;
  if (data.ErrorCode !== undefined) return `${data.ErrorCode}`;
  const quarantined = Array.isArray(data.Quarantined) ? data.Quarantined.length : 0;
  if (data.ReportResult !== undefined)
    return `ReportResult ${data.ReportResult}${quarantined > 0 ? ', quarantined' : ''}`;
  for (const name of ['Claimed', 'ReleaseResult', 'Imported', 'CheckStatus'])
    if (data[name] !== undefined) return name === 'Imported' ? importedWord(data) : `${name} ${data[name]}`;
  return `HTTP ${reply.status}`;
}

const importedWord = ({ Imported }: Record<string, unknown>): string =>
  Number(Imported) > 0 ? 'Imported' : 'Unchanged';

function wordable(reply: Reply): Record<string, unknown> | null {
  try {
    return replyData(reply) ?? null;
  } catch {
    return null;
  }
}

/** Asks one question as an extended peer and answers the whole reply. */
export const say = (
  bundle: Bundle,
  api: string,
  query: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> =>
  request(bundle, signedBody(bundle, api, query), {
    headers: { 'ticket-check-extensions': 'record-id, claim-ticket', ...headers },
  });
