import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { describeMainPath } from './testing/main-path.ts';
import { sellTicket } from './testing/tickets.ts';

const databases = inject('postgresDatabases');

/** The URL of an empty database of a real PostgreSQL server, taken back after the services have stopped. */
async function emptyDatabase(): Promise<string> {
  const url = await (await fetch(databases)).text();
  afterAll(async () => {
    await fetch(databases, { method: 'DELETE', body: url });
  });
  return url;
}

const PLATFORMS = ['national-platform', 'third-party-platform'] as const;
const settings = Object.fromEntries(
  await Promise.all(PLATFORMS.map(async (role) => [role, { DATABASE_URL: await emptyDatabase() }])),
);

await describeMainPath('the main path with both platforms on PostgreSQL', settings, (path) => {
  const { site } = path;

  test('neither platform keeps anything in a file', () => {
    for (const role of PLATFORMS) {
      expect(existsSync(join(site.directory, role, 'ticket-check.db'))).toBe(false);
      expect(existsSync(join(site.directory, `${role}.key`))).toBe(false);
    }
    expect(existsSync(join(site.directory, 'terminal-agent', 'ticket-check.db'))).toBe(true);
  });

  test('a terminal may be put straight under the national platform', async () => {
    const { demo, admit, arrived } = path;
    const bundle = await site.issue('national-platform', 'terminal', '--cinemas', demo().boxOffice.cinema.cinemaCode);
    await site.command('terminal-agent', ['upstream', 'set', '-'], JSON.stringify(bundle));
    await site.stop('third-party-platform');
    const ticket = sellTicket(demo().boxOffice);
    await demo().tell();
    const admission = await admit(ticket.ticketInfoCode);
    expect(admission).toHaveProperty('FilmName', ticket.filmName);
    await arrived(ticket.filmTicketCode, admission);
  });
});
