// @module-tag process
import { failToStart, takenPort } from '@ticket-check/runtime/testing';
import { expect, it } from 'vitest';
import { makeTerminal } from './testing/test-terminal.ts';

const SERVICE = { module: new URL('./app.ts', import.meta.url).href, name: 'startTerminalAgent' };

it.each([
  ['its port is taken', async () => ({ PORT: `${await takenPort()}` })],
  ['its console port is taken', async () => ({ CONSOLE_PORT: `${await takenPort()}` })],
] as const)('leaves nothing running, open or locked where it cannot start: %s', async (_, faultIn) => {
  const { env } = await makeTerminal({ now: Date.now });
  expect(await failToStart({ ...SERVICE, faulty: { ...env, ...(await faultIn()) }, sound: env })).toEqual({
    error: expect.stringMatching(/another program already listens there/),
    leftOpen: [],
    second: null,
  });
});

it('leaves nothing running, open or locked where it cannot start: a table is missing', async () => {
  const terminal = await makeTerminal({ now: Date.now });
  await (await terminal.start()).close();
  const store = await terminal.open();
  // Read when the way upstream is there already.
  await store.db.schema.dropTable('scan').execute();
  await store.close();
  const noTable = expect.stringMatching(/no such table: scan/);
  expect(await failToStart({ ...SERVICE, faulty: terminal.env, sound: terminal.env })).toEqual({
    error: noTable,
    leftOpen: [],
    second: noTable,
  });
});
