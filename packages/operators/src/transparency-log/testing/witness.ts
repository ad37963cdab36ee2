import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { cosignedText } from '../ask-witness.ts';
import { type Hash, nodeHash } from '../merkle/tree.ts';
import { type Checkpoint, type NoteVerifier, openNote, parseCheckpoint, parseHash } from '../note.ts';

const NAME = 'witness.example/w1';
const AT = 1_679_315_147n;

/** Starts a witness of one log over real HTTP (C2SP tlog-witness). */
export async function startWitness(log: () => NoteVerifier | null) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.concat([Buffer.from([4]), publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)]);
  const keyId = hash('sha256', Buffer.concat([Buffer.from(`${NAME}\n`), raw]), 'buffer').subarray(0, 4);
  const witness = {
    seen: null as Checkpoint | null,
    calls: 0,
    key: `${NAME}+${keyId.toString('hex')}+${raw.toString('base64')}`,
    url: '',
  };

  function answer(body: string): { status: number; text?: string; type?: string } {
    const end = body.indexOf('\n\n');
    const [first = '', ...hashes] = body.slice(0, end).split('\n');
    const known = log();
    const opened = openNote(body.slice(end + 2), known === null ? [] : [known]);
    const checkpoint = 'text' in opened ? parseCheckpoint(opened.text) : null;
    if (known === null) return { status: 404 };
    if (!('text' in opened) || checkpoint === null) return { status: 403 };
    const before = Number(/^old (\d+)$/.exec(first)?.[1]);
    const { seen } = witness;
    const sizeOnly = { status: 409, text: `${seen?.size ?? 0}\n`, type: 'text/x.tlog.size' };
    if (before !== (seen?.size ?? 0)) return sizeOnly;
    const { size, root } = checkpoint;
    if (seen !== null && size === seen.size && !root.equals(seen.root)) return sizeOnly;
    const proof = hashes.map((line) => parseHash(line) ?? Buffer.alloc(0));
    if (!verifyConsistency(proof, { before, rootBefore: seen?.root ?? root, size, root })) return { status: 422 };
    witness.seen = checkpoint;
    const signature = sign(null, Buffer.from(cosignedText(opened.text, AT)), privateKey);
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(AT);
    const line = Buffer.concat([keyId, time, signature]).toString('base64');
    return { status: 200, text: `— other.example ${Buffer.alloc(76).toString('base64')}\n— ${NAME} ${line}\n` };
  }

  const server = createServer(async (request, response) => {
    witness.calls += 1;
    const {
      status,
      text: body = '',
      type = 'text/plain',
    } = request.url === '/w/add-checkpoint' ? answer(await text(request)) : { status: 405 };
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  witness.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/w/`;
  return witness;
}

/** Whether a proof shows that the tree of `size` leaves begins with the tree of `before` leaves. RFC 6962, 2.1.2. */
export function verifyConsistency(
  proof: readonly Hash[],
  trees: { before: number; rootBefore: Hash; size: number; root: Hash },
): boolean {
  const { before, rootBefore, size, root } = trees;
  if (!Number.isSafeInteger(before) || !Number.isSafeInteger(size) || before < 0 || before > size) return false;
  if (before === 0) return proof.length === 0;
  const reached = rootsOf(proof, { before, rootBefore }, { start: 0, end: size });
  if (reached === null) return false;
  return reached.before.equals(rootBefore) && reached.whole.equals(root);
}

/** The roots over a range that a proof leads to: of its part that belongs to the earlier tree, and of the whole. */
function rootsOf(
  proof: readonly Hash[],
  earlier: { before: number; rootBefore: Hash },
  { start, end }: { start: number; end: number },
): { before: Hash; whole: Hash } | null {
  const last = proof.at(-1);
  if (earlier.before === end) {
    if (start === 0) return proof.length === 0 ? { before: earlier.rootBefore, whole: earlier.rootBefore } : null;
    return last !== undefined && proof.length === 1 ? { before: last, whole: last } : null;
  }
  if (last === undefined) return null;
  let split = 1;
  while (2 * split < end - start) split *= 2;
  const middle = start + split;
  const isLeft = earlier.before <= middle;
  const below = rootsOf(proof.slice(0, -1), earlier, isLeft ? { start, end: middle } : { start: middle, end });
  if (below === null) return null;
  if (isLeft) return { before: below.before, whole: nodeHash(below.whole, last) };
  return { before: nodeHash(last, below.before), whole: nodeHash(last, below.whole) };
}
