import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bundle, parseBundle } from '@ticket-check/exchange';
import {
  APIS,
  type CinemaCode,
  type Extension,
  eTicketOrderQueryJson,
  MAX_RECORDS,
  readCreateETicketReply,
  readReportReply,
  reportQueryJson,
  type WireCheckRecord,
  wallClockAt,
} from '@ticket-check/protocol';
import {
  type BoxOffice,
  connectByBundle,
  feed,
  loadBoxOffice,
  makeBoxOffice,
  type Random,
  saveBoxOffice,
  type Ticket,
} from '../box-office/index.ts';
import { readSymbolSvg } from '../box-office/testing/read-symbols.ts';
import { CA_FILE, ROLES, type Role, type Site, send } from './site.ts';

/** Longer than tickets are sold in advance, so that each has a Ukey that was in use then. */
const OPEN_FOR_MS = 7 * 86_400_000;

/** A cinema that sells tickets, and its way into the national platform. */
export type Demo = Awaited<ReturnType<typeof openDemo>>;

/**
 * The demo cinema of a site: loaded from `directory`, or made there on the first start, when the three services get
 * their accounts with the commands that an operator would use. Reading E8.
 *
 * @param random what a new cinema's name, code and films are taken from
 * @throws Error naming the directory if its cinema was made with services whose data are gone.
 */
export async function openDemo(site: Site, directory: string, random?: Random) {
  const boxOfficeFile = join(directory, BOX_OFFICE);
  if (!existsSync(boxOfficeFile)) await issueAccounts(site, directory, random);
  const boxOffice = await loadBoxOffice(boxOfficeFile);
  const bundleIn = async (file: string) => parseBundle(await readFile(join(directory, file), 'utf8'));
  const [dataSource, seller] = [await bundleIn(DATA_SOURCE), await bundleIn(SELLER)];
  await assertMadeWith(site, dataSource, directory);
  return {
    boxOffice,
    /** Tells the national platform what the box office has done since, and remembers that. */
    async tell(): Promise<void> {
      await feedFrom(boxOffice, dataSource, site);
      await saveBoxOffice(boxOfficeFile, boxOffice);
    },
    /** Has a platform issue one more account for the cinema. Reading E8. */
    addAccount: async (platform: Role, name: string): Promise<Bundle> =>
      parseBundle(await issueAccount(site, platform, `${name}-${newTag()}`, boxOffice.cinema.cinemaCode)),
    /** Has the cinema's selling service make the e-ticket of a ticket. */
    makeETicket: (ticket: Ticket) => makeETicket(site, seller, ticket),
  };
}

const BOX_OFFICE = 'box-office.json';
const DATA_SOURCE = 'data-source.json';
const SELLER = 'seller.json';
const OPERATORS_FILE = 'operators.json';

/** New data of a service come with a new CA, so the accounts of the cinema are gone where the CA is another. */
async function assertMadeWith(site: Site, { CaCertificate }: Bundle, directory: string): Promise<void> {
  if (CaCertificate === null) return;
  const present = await site.readFile('national-platform', CA_FILE);
  if (present.trim() === CaCertificate.trim()) return;
  throw new Error(
    `The demo cinema in ${directory} was made with another national platform, whose data are gone: ` +
      `delete ${directory} and run this again, which makes a new one.`,
  );
}

async function issueAccounts(site: Site, directory: string, random: Random | undefined): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // The cinema has been selling for a while.
  const boxOffice = makeBoxOffice({ now: wallClockAt(Date.now() - OPEN_FOR_MS), ...(random && { random }) });
  const cinema = boxOffice.cinema.cinemaCode;
  const tag = newTag();
  const [dataSource, thirdParty, terminal, seller] = await Promise.all([
    issueAccount(site, 'national-platform', `box-office-${tag}`, cinema, '--data-source'),
    issueAccount(site, 'national-platform', `third-party-${tag}`, cinema),
    issueAccount(site, 'third-party-platform', `terminal-${tag}`, cinema),
    issueAccount(site, 'third-party-platform', `seller-${tag}`, cinema, '--seller'),
  ]);
  await writeFile(join(directory, DATA_SOURCE), dataSource, { mode: 0o600 });
  await writeFile(join(directory, SELLER), seller, { mode: 0o600 });
  await feedFrom(boxOffice, parseBundle(dataSource), site);
  // Each fetches keys at once, from a platform that has them by now.
  await site.command('third-party-platform', ['upstream', 'set', '-'], thirdParty);
  await site.command('terminal-agent', ['upstream', 'set', '-'], terminal);
  await saveBoxOffice(join(directory, BOX_OFFICE), boxOffice);
}

/** An interrupted first start leaves accounts whose bundles nobody has; a new name goes past them. */
const newTag = () => randomBytes(3).toString('hex');

const issueAccount = (site: Site, role: Role, username: string, cinemaCode: string, ...more: string[]) =>
  site.command(role, ['account', 'add', username, '--cinemas', cinemaCode, ...more, '--out', '-']);

/** The bundle names the national platform as the other services reach it; the box office may stand elsewhere. */
async function feedFrom(boxOffice: BoxOffice, bundle: Bundle, site: Site): Promise<void> {
  const national = connectByBundle({ ...bundle, Url: site.urlOf('national-platform') }, Date.now);
  try {
    await feed(boxOffice, national);
  } finally {
    await national.close();
  }
}

/** A minute for a thousand records is more than a busy machine takes. */
const TIMEOUT_MS = 60_000;
const RETRY_MS = 500;

/**
 * Reports who entered, as a terminal does that gives no RecordIds and has the account of the bundle.
 * @throws Error if the platform does not take it.
 */
export async function reportEntries(
  bundle: Bundle,
  cinemaCode: CinemaCode,
  entries: readonly (Ticket & Pick<WireCheckRecord, 'checkTime'>)[],
  extensions: readonly Extension[] = [],
): Promise<void> {
  const upstream = connectByBundle(bundle, Date.now, extensions);
  const wire = { extended: false, origins: extensions.includes('record-origins'), priceForm: upstream.priceForm };
  const options = { read: readReportReply, timeoutMs: TIMEOUT_MS, idempotent: true };
  try {
    for (let from = 0; from < entries.length; from += MAX_RECORDS) {
      const records = entries
        .slice(from, from + MAX_RECORDS)
        .map((entry) => ({ ...entry, recordId: null, overriddenVerdict: null }));
      const query = reportQueryJson(cinemaCode, records, wire);
      const outcome = await upstream.call(APIS.reportOriginalCheckTickets, query, options);
      const isTaken = outcome.kind === 'delivered' && outcome.reply.result;
      if (!isTaken) throw new Error(`${upstream.url} did not take the records of a door: ${JSON.stringify(outcome)}`);
    }
  } finally {
    await upstream.close();
  }
}

/**
 * Has a selling service make the e-ticket of a ticket: the address of its page, and the text of the code that the page shows now,
 * as a scanner reads it.
 * @throws Error that says what the platform answered.
 */
async function makeETicket(site: Site, seller: Bundle, ticket: Ticket) {
  const base = site.urlOf('third-party-platform');
  const platform = connectByBundle({ ...seller, Url: base }, Date.now);
  try {
    const options = { read: readCreateETicketReply, timeoutMs: TIMEOUT_MS, idempotent: true };
    const create = () => platform.call(APIS.createETicket, eTicketOrderQueryJson(ticket), options);
    const until = Date.now() + TIMEOUT_MS;
    let outcome = await create();
    // Asks again as the answer says: a platform that has just got its upstream may not have the cinema's keys yet.
    while (outcome.kind === 'retry' && Date.now() < until) {
      await delay(RETRY_MS);
      outcome = await create();
    }
    if (outcome.kind !== 'delivered') throw new Error(`CreateETicket failed: ${outcome.code}: ${outcome.message}`);
    const { url } = outcome.reply;
    const now = new URL(`${new URL(url).pathname}/now`, base);
    return { url, readCode: () => readCode(now, seller.CaCertificate) };
  } finally {
    await platform.close();
  }
}

/** Reads the code as the page does without live updates. */
async function readCode(url: URL, ca: string | null): Promise<string> {
  const { code } = JSON.parse((await send(url, ca === null ? {} : { ca })).text) as { code: string | null };
  const text = code === null ? null : await readSymbolSvg(code);
  if (text === null) throw new Error(`the e-ticket at ${url} shows no code`);
  return text;
}

/** Who can log in at a service's console. The administrator comes last: from then on only an operator can add others. */
const OPERATORS: Record<Role, readonly string[]> = {
  'national-platform': ['administrator'],
  'third-party-platform': ['usher', 'supervisor', 'auditor', 'administrator'],
  'terminal-agent': ['usher', 'supervisor', 'auditor', 'administrator'],
};
const TOKEN_DAYS = 365;

export type DemoOperators = {
  /** The passwords by username, one-time ones at first; each operator is called as their role is. */
  passwords: Record<Role, Record<string, string>>;
  /** Whether the passwords are those that the operators chose. */
  areChosen?: boolean;
  /** What `check` at the terminal is run with, as `OPERATOR_TOKEN`. */
  checkToken: string;
};

/** The operators of a site's consoles: added on the first call, and remembered in `directory` with their one-time passwords. */
export async function openDemoOperators(site: Site, directory: string): Promise<DemoOperators> {
  const file = join(directory, OPERATORS_FILE);
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as DemoOperators;
  const until = new Date(Date.now() + TOKEN_DAYS * 86_400_000).toISOString().slice(0, 10);
  const added = await site.command('terminal-agent', [
    ...['token', 'add', 'demo-check', '--permissions', 'tickets.check', '--all-cinemas', '--until', until],
  ]);
  const passwordsAt = async (role: Role) => {
    const passwords: Record<string, string> = {};
    for (const username of OPERATORS[role]) {
      const issued = await site.command(role, ['operator', 'add', username, '--role', username, '--all-cinemas']);
      passwords[username] = (JSON.parse(issued) as { OneTimePassword: string }).OneTimePassword;
    }
    return [role, passwords] as const;
  };
  const operators: DemoOperators = {
    passwords: Object.fromEntries(await Promise.all(ROLES.map(passwordsAt))) as DemoOperators['passwords'],
    checkToken: (JSON.parse(added) as { Token: string }).Token,
  };
  await keepOperators(directory, operators);
  return operators;
}

export async function keepOperators(directory: string, operators: DemoOperators): Promise<void> {
  await writeFile(join(directory, OPERATORS_FILE), JSON.stringify(operators), { mode: 0o600 });
}
