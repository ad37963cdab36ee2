#!/usr/bin/env node
// Verifies what `audit list`, `audit checkpoint` and `audit prove` printed: docs/audit.md. It needs Node.js 20 or later, this file and
// the key, and shares no code with the services. RFC 6962; C2SP signed-note, tlog-checkpoint, tlog-proof.
//
//   node verify-audit.mjs <key> <list> <checkpoint or proof>...

import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const PROOF = 'c2sp.org/tlog-proof@v1';
/** What stands before the 32 bytes of an Ed25519 key in SPKI. RFC 8410. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

class Fault extends Error {}

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const leafHash = (line) => sha256(Buffer.of(0), line);
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);

/** Where a tree of more than one leaf is divided: at the largest power of two below its size. */
function middleOf(start, end) {
  let width = 1;
  while (2 * width < end - start) width *= 2;
  return start + width;
}

function rootOf(leaves, start = 0, end = leaves.length) {
  if (end === start) return sha256('');
  if (end - start === 1) return leaves[start];
  const middle = middleOf(start, end);
  return nodeHash(rootOf(leaves, start, middle), rootOf(leaves, middle, end));
}

/** The root that a path from a leaf leads to; the path begins at the leaf's sibling. */
function rootBy(path, index, leaf, start, end) {
  if (end - start === 1) return path.length === 0 ? leaf : null;
  const [middle, sibling] = [middleOf(start, end), path.at(-1)];
  if (sibling === undefined) return null;
  const rest = path.slice(0, -1);
  const isLeft = index < middle;
  const below = isLeft ? rootBy(rest, index, leaf, start, middle) : rootBy(rest, index, leaf, middle, end);
  if (below === null) return null;
  return isLeft ? nodeHash(below, sibling) : nodeHash(sibling, below);
}

/** The keys of a file, each `name+id+key`. */
function keysIn(text) {
  return text
    .trim()
    .split(/\s+/)
    .map((line) => {
      const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
      const bytes = Buffer.from(encoded ?? '', 'base64');
      if (bytes.length !== 33 || bytes[0] !== 1) throw new Fault('The first file is no key: `audit key` prints it.');
      if (sha256(`${name}\n`, bytes).subarray(0, 4).toString('hex') !== id)
        throw new Fault(`The key ${name} was changed.`);
      return {
        name,
        id,
        key: createPublicKey({ key: Buffer.concat([SPKI, bytes.subarray(1)]), format: 'der', type: 'spki' }),
      };
    });
}

/** What a checkpoint says, where one of the keys signed it. */
function checkpointIn(note, keys) {
  const end = note.lastIndexOf('\n\n') + 1;
  const text = note.slice(0, end);
  const [origin, size, root] = text.split('\n');
  if (end === 0 || !/^(0|[1-9]\d{0,14})$/.test(size)) throw new Fault('It is neither a checkpoint nor a proof.');
  const isSigned = note
    .slice(end + 1)
    .split('\n')
    .some((line) => {
      const [, name, encoded] = /^— (\S+) (\S+)$/.exec(line) ?? [];
      const bytes = Buffer.from(encoded ?? '', 'base64');
      const signer = keys.find((key) => key.name === name && key.id === bytes.subarray(0, 4).toString('hex'));
      return signer?.name === origin && verify(null, Buffer.from(text), signer.key, bytes.subarray(4));
    });
  if (!isSigned) throw new Fault('None of the keys signed it, or it was changed after it was signed.');
  return { size: Number(size), root: Buffer.from(root, 'base64') };
}

/** The lines of a list by their index in the log. Lines without one are under `null`, which no signature covers. */
function linesIn(text) {
  const lines = new Map([[null, []]]);
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const { Index: index } = JSON.parse(line);
    if (index === null) lines.get(null).push(line);
    else if (lines.has(index)) throw new Fault(`Entry ${index} is in the list twice.`);
    else lines.set(index, line);
  }
  return lines;
}

function verifyProof(text, lines, keys) {
  const end = text.indexOf('\n\n');
  const [, place = '', ...path] = text.slice(0, end).split('\n');
  const index = Number(/^index (\d{1,15})$/.exec(place)?.[1]);
  const { size, root } = checkpointIn(text.slice(end + 2), keys);
  const line = lines.get(index);
  if (line === undefined) throw new Fault(`The list has no entry ${index}.`);
  const hashes = path.map((encoded) => Buffer.from(encoded, 'base64'));
  const isThere = index < size && rootBy(hashes, index, leafHash(line), 0, size)?.equals(root);
  if (!isThere) throw new Fault(`Entry ${index} of the list is not the one that was signed.`);
  return `entry ${index} of ${size} is as it was signed`;
}

function verifyCheckpoint(note, lines, keys) {
  const { size, root } = checkpointIn(note, keys);
  const leaves = Array.from({ length: size }, (_, index) => {
    const line = lines.get(index);
    if (line === undefined) throw new Fault(`Entry ${index} was signed and is not in the list.`);
    return leafHash(line);
  });
  if (!rootOf(leaves).equals(root))
    throw new Fault(`The first ${size} entries of the list are not those that were signed.`);
  const unsigned = lines.size - 1 - size + lines.get(null).length;
  const rest = unsigned > 0 ? `; it covers none of the other ${unsigned}` : '';
  return `the first ${size} entries are as they were signed${rest}`;
}

function main([keyFile, listFile, ...files]) {
  if (files.length === 0) {
    process.stderr.write('usage: node verify-audit.mjs <key> <list> <checkpoint or proof>...\n');
    return 2;
  }
  let code = 0;
  for (const file of files) {
    try {
      const [keys, lines] = [keysIn(readFileSync(keyFile, 'utf8')), linesIn(readFileSync(listFile, 'utf8'))];
      const text = readFileSync(file, 'utf8');
      const judge = text.startsWith(`${PROOF}\n`) ? verifyProof : verifyCheckpoint;
      process.stdout.write(`${file}: verified: ${judge(text, lines, keys)}\n`);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      process.stderr.write(`${file}: NOT VERIFIED: ${error.message}\n`);
      code = 1;
    }
  }
  return code;
}

process.exitCode = main(process.argv.slice(2));
