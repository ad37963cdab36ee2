import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { CA_FILE } from '@ticket-check/exchange';
import { postRaw } from '@ticket-check/exchange/testing';
import { keyPairOf } from '@ticket-check/runtime/testing';
import { expect, it, onTestFinished } from 'vitest';
import { CINEMA } from '../testing/test-cinema.ts';
import { createSite } from '../testing/test-platform.ts';

const ADDRESSES = Array.from({ length: 12 }, (_, index) => `127.0.0.${index + 10}`);
const TRIES = 21;

it('many addresses that try wrong codes keep nobody from enrolling', { tags: 'service' }, async () => {
  const site = await createSite('');
  const { url } = await site.start();
  const { stdout } = await site.command('account', 'enrol', 'door-1', '--cinemas', CINEMA);
  const code = new URLSearchParams(new URL(JSON.parse(stdout).Text).hash.slice(1)).get('enrol');
  const [ca, { publicKeyPem }] = await Promise.all([
    readFile(join(site.directory, CA_FILE), 'utf8'),
    keyPairOf('door-1'),
  ]);
  const redeem = async (localAddress: string, Code: unknown, agent?: Agent) => {
    const headers = { 'content-type': 'application/json' };
    const sent = JSON.stringify({ Code, PublicKey: publicKeyPem });
    const options = { ca, headers, localAddress, ...(agent && { agent }) };
    return (await postRaw(`${url}/enrolment`, sent, options)).status;
  };

  const refused = ADDRESSES.map(async (address) => {
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const statuses: number[] = [];
    for (let time = 0; time < TRIES; time += 1) statuses.push(await redeem(address, 'A'.repeat(22), agent));
    return statuses;
  });
  // An address is still bounded by itself.
  const each = [...Array.from({ length: TRIES - 1 }, () => 404), 429];
  expect(await Promise.all(refused)).toEqual(ADDRESSES.map(() => each));
  expect(await redeem('127.0.0.99', code)).toBe(200);
});
