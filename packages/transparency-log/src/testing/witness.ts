import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { verifyConsistency } from '../merkle/consistency.ts';
import { type Checkpoint, parseCheckpoint, parseHash } from '../note/checkpoint.ts';
import { cosignatureBytes, cosignedText } from '../note/cosignature.ts';
import type { NoteVerifier } from '../note/note-key.ts';
import { openNote } from '../note/signed-note.ts';

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
    const line = cosignatureBytes(keyId, AT, signature).toString('base64');
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
