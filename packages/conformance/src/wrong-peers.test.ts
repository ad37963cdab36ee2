import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Case, runCases } from './frame/case.ts';
import { createPace } from './frame/pace.ts';
import { createTape } from './frame/tape.ts';
import { openPlatform } from './platform/world.ts';
import { platformCases } from './platform-cases.ts';
import { terminalCases } from './terminal/cases.ts';
import type { WrongNational, WrongTerminal, WrongThirdParty } from './testing/plain-peers.ts';
import {
  openPlatformWithAccount,
  startPlainNational,
  startPlainTerminal,
  startPlainThirdParty,
} from './testing/plain-peers.ts';

/** The peers answer and try again within a fraction of a second. */
const pace = createPace(0.1);

type Ends = (end: () => void | Promise<void>) => void;

/** What the kit says of a peer, but for PASS, load and what takes minutes. */
async function found(cases: readonly Case[], tape: ReturnType<typeof createTape>): Promise<string[]> {
  const asked = cases.filter(({ id, depth }) => depth !== true || id.endsWith('.kills'));
  const frame = { tape, profile: 'depth', waivers: [], today: '2026-12-01', onResult: () => {} } as const;
  const results = await runCases(asked, frame);
  const others = results.filter(({ Result }) => Result !== 'PASS');
  // All but one of these fail together.
  const names = others.map(({ Id, Result }) => `${Result} ${Id.replace(/^(signature\.invalid)\..*/, '$1')}`);
  return [...new Set(names)].sort();
}

async function foundOfNational(ends: Ends, wrong?: WrongNational): Promise<string[]> {
  const tape = createTape();
  const peer = await startPlainNational(tape, wrong);
  ends(peer.close);
  const { bundle, hooks } = peer;
  const world = await openPlatform({ role: 'national', url: bundle.Url ?? '', bundle, hooks, tape, pace, stub: null });
  ends(world.close);
  return found(platformCases(world), tape);
}

async function foundOfThirdParty(ends: Ends, wrong?: WrongThirdParty): Promise<string[]> {
  const tape = createTape();
  const above = await openPlatformWithAccount(tape, false);
  ends(above.stub.close);
  const { bundle, hooks, close } = await startPlainThirdParty(tape, above, wrong);
  ends(close);
  const { stub } = above;
  const world = await openPlatform({ role: 'third-party', url: bundle.Url ?? '', bundle, hooks, tape, pace, stub });
  ends(world.close);
  return found(platformCases(world), tape);
}

async function foundOfTerminal(ends: Ends, wrong?: WrongTerminal, showsVerdicts = true): Promise<string[]> {
  const tape = createTape();
  const above = await openPlatformWithAccount(tape, false);
  ends(above.stub.close);
  const terminal = await startPlainTerminal(above, wrong);
  ends(terminal.close);
  const present = async (code: string) => {
    const seen = await terminal.scan(code);
    return showsVerdicts ? seen : { admitted: null, says: null };
  };
  const scanner = { present, close: () => {} };
  return found(terminalCases({ stub: above.stub, pace, scanners: [scanner], restart: async () => {} }), tape);
}

/** The table of docs/conformance.md: who is wrong in what, and the cases that fail. */
const TABLE = readFileSync(new URL('../../../docs/conformance.md', import.meta.url), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, role = '', wrong = '', cases = ''] = line.split('|').map((cell) => cell.trim());
    if (!['National platform', 'Third-party platform', 'Terminal'].includes(role) || !cases.includes('`')) return [];
    return [{ role, wrong, fails: [...cases.matchAll(/`([^`]+)`/g)].map(([, id]) => `FAIL ${id}`) }];
  });

// The peers' bundles have no revoked account, and they speak no extension; where signatures are not verified, a wrong one cannot be compared with a stranger's.
const UNASKED = ['account.revoked', 'account.unknown', 'e-tickets', 'e-tickets.made'].map((id) => `NOT ASKED ${id}`);
const UNSHOWN = ['SKIPPED codes.unshown', 'SKIPPED e-tickets.unshown'];
const others = (found: readonly string[]) => found.filter((row) => ![...UNASKED, ...UNSHOWN].includes(row));

describe('the kit fails wrong peers exactly where they are wrong', { tags: ['service', 'slow'] }, () => {
  test('the table names eleven', () => expect(TABLE).toHaveLength(11));

  test.concurrent.for(['National platform', 'Third-party platform', 'Terminal'])(
    'and passes the plain peer: %s',
    async (role, { expect, onTestFinished }) => {
      expect(others(await foundOf(role, undefined, onTestFinished))).toEqual([]);
    },
  );

  test.concurrent('and passes by its records a terminal whose scanner shows nothing', async ({
    expect,
    onTestFinished,
  }) => {
    const found = await foundOfTerminal(onTestFinished, undefined, false);
    expect(others(found)).toEqual(['NOT ASKED door.two-gates']);
  });

  test.concurrent.for(TABLE)('$role: $wrong', async ({ role, wrong, fails }, { expect, onTestFinished }) => {
    expect(others(await foundOf(role, wrong, onTestFinished))).toEqual(fails.sort());
  });
});

function foundOf(role: string, wrong: string | undefined, ends: Ends): Promise<string[]> {
  if (role === 'National platform') return foundOfNational(ends, wrong as WrongNational);
  if (role === 'Third-party platform') return foundOfThirdParty(ends, wrong as WrongThirdParty);
  return foundOfTerminal(ends, wrong as WrongTerminal);
}
