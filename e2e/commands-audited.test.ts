// @module-tag slow
import { join } from 'node:path';
import { operationTitles } from '@ticket-check/admin';
import { OTHER_OPERATIONS } from '@ticket-check/console/audit-words';
import { createNationalProgram } from '@ticket-check/national-platform/cli';
import { runCommand } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import { aDirectory } from '@ticket-check/storage/testing/directory';
import { createTerminalProgram } from '@ticket-check/terminal-agent/cli';
import { createThirdPartyProgram } from '@ticket-check/third-party-platform/cli';
import { describe, expect, it } from 'vitest';

/** Commands that show or take away what is kept of guests, business or people: what to call each with. */
const SHOWING: Record<string, readonly string[]> = {
  'records list': ['--since', '2026-11-24T00:00:00'],
  'records count': [],
  'records parked': [],
  'records undone': [],
  'records doubles': [],
  'records quarantined': [],
  'records suspicious': [],
  'report day': ['--format', 'csv'],
  'report records': [],
  'report record': ['019ac1f0-0000-7000-8000-000000000000'],
  reconcile: ['--business-date', '2026-11-24'],
  'claims open': [],
  'fleet list': [],
  'worklist list': [],
  'scans list': [],
  'operator list': [],
  'operator sessions': ['anna'],
  'store backup': ['DIRECTORY/backup.db'],
  'token list': [],
};

/** Commands that leave nothing: what they show is how the service is set up, and the audit itself, which looking must not lengthen. */
const QUIET: readonly string[] = [
  ...['serve', 'migrate', 'account list', 'account enrolments', 'account keys', 'account explain'],
  ...['audit list', 'audit verify', 'audit prove', 'audit checkpoint', 'audit key', 'cinema list', 'eticket-key list'],
  ...['gate list', 'keys status', 'retention show', 'scanner test', 'store check', 'store compatibility'],
  ...['upstream show', 'upstream check'],
];

type Program = ReturnType<typeof createNationalProgram>;

function commandsOf(program: Program, names: readonly string[] = []): string[] {
  const { commands } = program;
  if (commands.length === 0) return [names.join(' ')];
  return commands.flatMap((command) => commandsOf(command, [...names, command.name()]));
}

describe.each([
  ['national platform', createNationalProgram],
  ['third-party platform', createThirdPartyProgram],
  ['terminal agent', createTerminalProgram],
])('the commands of the %s', (service, createProgram) => {
  const hasUpstream = service !== 'national platform';
  const programWith = (env: Record<string, string>) => createProgram(env, Date.now);
  const declared = commandsOf(programWith({}));

  it('have a name in the audit in Chinese, where they leave something there', () => {
    const titles = { ...OTHER_OPERATIONS, ...operationTitles() };
    expect(declared.filter((name) => !QUIET.includes(name) && titles[name] === undefined)).toEqual([]);
  });

  it('leave an entry where they show what is kept, with what was asked for and how it ended', async () => {
    const directory = aDirectory();
    const env = { DATA_DIR: directory, DATABASE_KEY_FILE: join(directory, 'key'), LOG_LEVEL: 'silent', PORT: '0' };
    const run = (...args: string[]) => outputOf(() => runCommand(programWith(env), ['node', 'service', ...args], env));
    const showing = declared.filter((name) => name in SHOWING);
    for (const name of showing)
      await run(...name.split(' '), ...(SHOWING[name] ?? []).map((word) => word.replace('DIRECTORY', directory)));

    const { stdout } = await run('audit', 'list');
    const entries = JSON.parse(`[${stdout.trim().replaceAll('\n', ',')}]`) as Record<string, unknown>[];
    expect(entries.filter(({ Of }) => Of === null).map(({ Name }) => Name)).toEqual(showing);
    const ends = entries.filter(({ Of }) => Of !== null);
    expect(ends.map(({ Name }) => Name)).toEqual(showing);
    // There is neither that record nor a platform above to compare with, which is written down too. At the national platform nothing is.
    const breaking = ['report record', 'operator sessions', ...(hasUpstream ? ['reconcile'] : [])];
    for (const { Name, Failed, What } of ends) {
      const broke = breaking.includes(`${Name}`);
      const ended = broke ? { reason: expect.any(String) } : expect.objectContaining({ rows: expect.any(Number) });
      expect([Failed, What], `${Name}`).toEqual([broke, ended]);
    }
    const asked = (name: string) => entries.find(({ Name }) => Name === name)?.What;
    expect(asked('records list')).toEqual({ since: '2026-11-24T00:00:00' });
    expect(asked('report day')).toMatchObject({ by: 'session', format: 'csv' });
  });
});
