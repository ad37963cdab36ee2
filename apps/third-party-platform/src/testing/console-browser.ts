import { createBrowser, OWN } from '@ticket-check/admin/testing';
import { createApiTokens, PERMISSION_NAMES, parseEnd, type Role } from '@ticket-check/operators';
import { addOperatorTo, tamper as tamperWith } from '@ticket-check/operators/testing';
import type { RunningService } from '@ticket-check/runtime';
import { generate } from 'otplib';
import { expect } from 'vitest';
import { readThirdPartySettings } from '../config.ts';
import { openDatabase, type ThirdPartyStore } from '../database.ts';
import type { TestSite } from './test-platform.ts';

export { type BrowserPage, createBrowser, OWN } from '@ticket-check/admin/testing';
export { addOperatorTo, beginSession, ONE_TIME } from '@ticket-check/operators/testing';

/** Opens the store of a site beside its service. */
export async function withStore<T>(
  { env }: Pick<TestSite, 'env'>,
  run: (store: ThirdPartyStore) => Promise<T>,
): Promise<T> {
  const store = await openDatabase(readThirdPartySettings(env));
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

type Added = Parameters<typeof addOperatorTo>[3];

/** Adds an operator, who has chosen a password of their own unless `isNew`. */
export function addOperator(site: Pick<TestSite, 'env'>, username: string, role: Role, added?: Added): Promise<void> {
  return withStore(site, (store) => addOperatorTo(store, username, role, added));
}

/** Has the commands of a site, which ask for an operator once there is one, run with a token that permits everything. */
export async function allowCommands(site: Pick<TestSite, 'env'>): Promise<void> {
  const nextYear = `${new Date().getFullYear() + 1}-01-01`;
  site.env.OPERATOR_TOKEN = await withStore(site, (store) =>
    createApiTokens(store, Date.now).add({
      actor: 'root',
      name: 'test',
      permissions: PERMISSION_NAMES,
      cinemaCodes: 'all',
      endsAt: parseEnd(nextYear),
    }),
  );
}

/** Logs somebody in, who asks and acts as their screens do. */
export async function logInAs(service: RunningService, site: TestSite, username: string, password = OWN) {
  const browser = await createBrowser(service, site);
  return {
    browser,
    /** What the login led to. */
    page: await browser.logIn(username, password),
    async ask(path: string) {
      const { status, text, headers } = await browser.ask(path);
      const body: ReturnType<typeof JSON.parse> = text.startsWith('{') ? JSON.parse(text) : null;
      return { status, headers, text, body };
    },
    act: browser.act,
  };
}

/** What people did at a site, as its audit keeps it, in order. */
export function operationsOf(site: Pick<TestSite, 'env'>) {
  const read = (text: string | null): ReturnType<typeof JSON.parse> => (text === null ? null : JSON.parse(text));
  return withStore(site, async ({ db }) => {
    const rows = await db.selectFrom('operation').selectAll().orderBy('id').execute();
    return rows.map((row) => ({ ...row, what: read(row.what), before: read(row.before), after: read(row.after) }));
  });
}

/** The token in the forms of a page. */
export const csrfIn = ({ text }: { text: string }): string => /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';

/** A page with this status that says this. */
export const showing = (status: number, text: string) => ({ status, text: expect.stringContaining(text) });

/** Changes a table of the audit behind the back of what guards it. */
export const tamper = (site: Pick<TestSite, 'env'>, table: string, statement: string) =>
  withStore(site, (store) => tamperWith(store, table, statement));

/** The code an authenticator app shows `steps` × 30 s from now: each counts once. One of the past may be too old when it arrives. */
export function totpCode(secret: string, steps = 0): Promise<string> {
  return generate({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * steps });
}
