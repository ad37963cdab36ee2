import type { Browser, Page } from 'playwright-core';
import { ROLES, type Role } from '../addresses.ts';
import type { DemoLogin, DemoOperators } from '../demo-operators.ts';
import type { Site } from '../site.ts';
import { say } from '../story.ts';
import type { Album } from './album.ts';
import { findPages, type ShotPage } from './find-pages.ts';
import { logIn, SEES_ALL, visitAsAdministrator } from './log-in.ts';
import { LANGUAGES, type Language, newVisitor, setWidth, shootLooks, speak, WIDTHS } from './looks.ts';
import { shootDoor } from './sent/door.ts';
import { shootNewOperator, shootPasskey, shootToken } from './sent/people.ts';
import { shootClaim, shootNewAccounts, shootReconciliation, shootStopped, shootTicket } from './sent/platform.ts';
import { type Visit, visitConsole } from './sent/visit.ts';
import { openPage, openScreen } from './settled.ts';
import { findOpeners, type Opener, shootMenu, shootOpened } from './shoot-opened.ts';

/** Forms that are sent, and how the names begin of the pictures that are taken then. */
type Sending = {
  readonly what: string;
  readonly shows: readonly string[];
  readonly send: (at: Visit, newVisit: () => Promise<Visit>) => Promise<void>;
  /** Whether it is at the console under `localhost`, and not under its address. */
  readonly isByName?: boolean;
};

/** What is shown after a form was sent. What the consoles have in common is shot at one of them. */
const SENDINGS: Readonly<Record<Role, readonly Sending[]>> = {
  // By name: passkeys are made for names, and this console alone stands where `localhost` leads.
  'national-platform': [{ what: 'a passkey', shows: ['account-passkeys'], send: shootPasskey, isByName: true }],
  'third-party-platform': [
    { what: 'a new operator', shows: ['operators-issued'], send: shootNewOperator },
    { what: 'a new token', shows: ['tokens-issued', 'tokens-revoke'], send: shootToken },
    { what: 'a released claim', shows: ['claims-released', 'claims-gone'], send: shootClaim },
    { what: 'new accounts', shows: ['accounts-enrolled', 'accounts-made'], send: shootNewAccounts },
    { what: 'a reconciliation', shows: ['reconciliation-done'], send: shootReconciliation },
    { what: 'a ticket', shows: ['ticket-found', 'ticket-refused'], send: shootTicket },
    { what: 'records that do not go on', shows: ['outbox-'], send: shootStopped },
  ],
  'terminal-agent': [
    { what: 'what a supervisor does at the door', shows: ['entries-', 'refusals-one', 'lookup-'], send: shootDoor },
  ],
};

/**
 * Shoots every page of the three consoles, with what opens over it and what is shown after its forms were sent, in both
 * languages, at both widths, light and dark, into `<service>/<page>-<language>-<width>-<scheme>.png`.
 */
export async function shootConsoles(
  album: Album,
  browser: Browser,
  site: Site,
  { logins }: DemoOperators,
): Promise<void> {
  for (const role of ROLES) {
    if (!album.wants(`${role}/`)) continue;
    const origin = site.consoleUrlOf(role);
    for (const login of logins[role]) {
      const name = `first-of-${login.username}`;
      if (login.username !== SEES_ALL && !album.wants(`${role}/${name}`)) continue;
      await album.attempt(`${role}, as ${login.username}`, async () => {
        const context = await newVisitor(browser);
        try {
          const page = await context.newPage();
          if (login.username === SEES_ALL) await shootAll(album, page, { role, origin, login });
          else {
            await logIn(page, origin, login);
            const first = { path: '/', name, isScreen: false };
            for (const language of LANGUAGES) await shootPages(album, page, { role, origin, language, pages: [first] });
          }
        } finally {
          await context.close();
        }
      });
    }
    for (const { what, shows, send, isByName = false } of SENDINGS[role]) {
      if (!shows.some((name) => album.wants(`${role}/${name}`))) continue;
      for (const language of LANGUAGES) {
        await album.attempt(`${role}, ${what} (${language})`, () =>
          sendForms(album, browser, {
            role,
            origin: isByName ? origin.replace('127.0.0.1', 'localhost') : origin,
            language,
            send,
          }),
        );
      }
    }
  }
}

/** The same opens on a screen whatever is asked for. */
const opensMore = ({ isScreen, path }: ShotPage) => isScreen && !path.includes('?');

type Console = { readonly role: Role; readonly origin: string };

async function shootAll(
  album: Album,
  page: Page,
  { role, origin, login }: Console & { login: DemoLogin },
): Promise<void> {
  for (const language of LANGUAGES) {
    await speak(page, origin, language);
    await shootPages(album, page, {
      role,
      origin,
      language,
      pages: [{ path: '/login', name: 'login', isScreen: false }],
    });
  }
  await logIn(page, origin, login);
  await speak(page, origin, 'en');
  const pages = await findPages(album, page, origin);
  say(`  ${role.padEnd(22)}${pages.map(({ name }) => name).join(' ')}`);
  const openers: Opener[] = [];
  await setWidth(page, WIDTHS[0]);
  for (const shown of album.isWhole ? pages.filter(opensMore) : []) {
    await album.attempt(`what opens on ${origin}${shown.path}`, async () => {
      await openScreen(page, origin, shown.path);
      openers.push(...(await findOpeners(page, origin, shown)));
    });
  }
  say(`  ${''.padEnd(22)}${openers.map(({ name }) => name).join(' ')}`);
  for (const language of LANGUAGES) {
    await shootPages(album, page, { role, origin, language, pages });
    for (const opener of openers) {
      await album.attempt(`${role}, ${opener.name} (${language})`, () =>
        shootOpened(album, page, { origin, into: role, language, opener }),
      );
    }
    // One of a screen, one of a page that the service makes.
    for (const path of ['/report', '/account']) {
      if (!album.wants(`${role}/menu-of`)) continue;
      await album.attempt(`${role}, the menu of ${path} (${language})`, async () => {
        await openPage(page, origin + path);
        await shootMenu(album, page, `${role}/menu-of${path.replace('/', '-')}`, language);
      });
    }
  }
}

async function shootPages(
  album: Album,
  page: Page,
  { role, origin, language, pages }: Console & { language: Language; pages: readonly ShotPage[] },
): Promise<void> {
  await speak(page, origin, language);
  for (const { path, name, isScreen } of pages) {
    if (!album.wants(`${role}/${name}-${language}-`)) continue;
    await album.attempt(`${origin}${path} (${language})`, async () => {
      await setWidth(page, WIDTHS[0]);
      await (isScreen ? openScreen(page, origin, path) : openPage(page, origin + path));
      await shootLooks(album, page, { name: `${role}/${name}`, language });
    });
  }
}

/** Has the administrator, who has chosen a password by now, send forms. */
async function sendForms(
  album: Album,
  browser: Browser,
  { role, origin, language, send }: Console & { language: Language; send: Sending['send'] },
): Promise<void> {
  const closing: (() => Promise<void>)[] = [];
  const newVisit = async () => {
    const context = await newVisitor(browser);
    closing.push(() => context.close());
    return visitConsole(album, await context.newPage(), { origin, into: role, language });
  };
  try {
    const visit = await visitAsAdministrator(album, browser, { origin, into: role, language });
    closing.push(visit.close);
    await send(visit.at, newVisit);
  } finally {
    for (const close of closing) await close();
  }
}
