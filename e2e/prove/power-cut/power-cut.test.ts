import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { prove } from '../proofs.ts';
import { shortForm } from '../short-form.ts';
import { compileDisk, diskEnvironment, restoreStore } from './disk.ts';
import { powerCuts } from './power-cut.ts';

/** What a power cut leaves of the files that a script wrote, which ends with its own death. */
function leftAfter(script: string, survives: number): Record<string, string> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'ticket-check-disk-')));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [store, disk] = [join(directory, 'store'), join(directory, 'disk')];
  for (const made of [store, disk]) mkdirSync(made);
  const prelude = `
    import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
    const at = (name) => ${JSON.stringify(store)} + '/' + name;
    const make = (name, text) => { const file = openSync(at(name), 'w+'); writeSync(file, text); return file; };
    const sync = (...files) => files.forEach((file) => fsyncSync(file));
    const syncNames = () => { const names = openSync(at(''), 'r'); fsyncSync(names); closeSync(names); };
  `;
  const args = ['--input-type=module', '--eval', `${prelude}${script}; process.kill(process.pid, 'SIGKILL');`];
  const env = { ...process.env, ...diskEnvironment(compileDisk(directory), { store, disk }) };
  const { signal, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  expect([signal, stderr]).toEqual(['SIGKILL', '']);
  restoreStore({ store, disk, survives, chance: () => 0.5 });
  return Object.fromEntries(readdirSync(store).map((name) => [name, readFileSync(join(store, name), 'utf8')]));
}

test.each<[what: string, left: Record<string, string>, survives: number, script: string]>([
  [
    'keeps what was synced',
    { a: 'one', b: 'two' },
    0,
    `sync(make('a', 'one')); fdatasyncSync(make('b', 'two')); syncNames()`,
  ],
  [
    'takes back what was written after the last sync, and a file whose name was never synced',
    { a: 'one' },
    0,
    `const a = make('a', 'one'); sync(a); syncNames(); writeSync(a, ' and more'); writeSync(a, 'X', 0);
     sync(make('b', 'synced without a name'))`,
  ],
  [
    'takes back a truncation, a deletion and a renaming',
    { a: 'one', b: 'two', c: 'three' },
    0,
    `const [a, b, c] = [make('a', 'one'), make('b', 'two'), make('c', 'three')]; sync(a, b, c); syncNames();
     ftruncateSync(a, 1); unlinkSync(at('b')); renameSync(at('c'), at('d'))`,
  ],
  [
    'keeps them once they are synced, also where descriptors are used again',
    { a: 'o', d: 'three' },
    0,
    `const a = make('a', 'one'); closeSync(make('b', 'two')); closeSync(make('c', 'three'));
     ftruncateSync(a, 1); sync(a); unlinkSync(at('b')); renameSync(at('c'), at('d')); sync(openSync(at('d'), 'r'));
     syncNames()`,
  ],
  ['may have written all the rest', { a: 'one' }, 1, `make('a', 'one')`],
])('the disk that forgets %s', (_, left, survives, script) => {
  expect(leftAfter(script, survives)).toEqual(left);
});

shortForm('power-cut', 4, 'power cuts take back no answer to a guest or a peer');

test('power cuts are seen to take answers back if commits are not synced, as under synchronous=NORMAL', async () => {
  const result = await prove('power-cut', powerCuts('unsynced'), { seed: 'in tests', size: 1, isBusy: true });
  expect(result.lost).toBeGreaterThan(0);
});
