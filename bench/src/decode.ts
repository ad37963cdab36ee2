import { createPublicKey, publicDecrypt } from 'node:crypto';
import { decodeTicketCode, parsePublicKey, parseWallClock } from '@ticket-check/protocol';
import forge from 'node-forge';
import type { Contestant } from './rounds.ts';
import { codeOf, makeUkey, ticketOf } from './tickets.ts';

const CODES = 500;

/** Ticket codes of RSA-1024 a second: the bare public operation, ours, and node-forge. */
export function decodeContestants(): Contestant[] {
  const { privateKey } = makeUkey();
  const publicKey = createPublicKey(privateKey);
  const startTime = parseWallClock('2026-01-01T19:30:00');
  const codes = Array.from({ length: CODES }, (_, index) => codeOf(ticketOf(index, startTime), privateKey));
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const keys = [{ ...parsePublicKey(pem), startTime }];
  const blocks = codes.map((code) => Buffer.from(code.slice(8), 'base64'));
  const forgeKey = forge.pki.publicKeyFromPem(pem);
  const forgeBlocks = blocks.map((block) => block.toString('latin1'));

  const everyOne = <T>(items: readonly T[], times: number, open: (item: T) => unknown) => ({
    run: () => {
      const startedAt = process.hrtime.bigint();
      for (let time = 0; time < times; time++) for (const item of items) open(item);
      return (times * items.length) / (Number(process.hrtime.bigint() - startedAt) / 1e9);
    },
  });
  return [
    { name: 'bare publicDecrypt', ...everyOne(blocks, 40, (block) => publicDecrypt(publicKey, block)) },
    { name: 'decodeTicketCode', ...everyOne(codes, 40, (code) => decodeTicketCode(code, keys)) },
    { name: 'node-forge', ...everyOne(forgeBlocks, 2, (block) => openWithForge(forgeKey, block)) },
  ];
}

/** verify() opens a type 1 block and compares; a digest that is wrong costs the same. */
function openWithForge(key: forge.pki.rsa.PublicKey, block: string): void {
  try {
    key.verify('', block, 'NONE');
  } catch {
    // only the time counts
  }
}
