import { createPrivateKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeNoteKey, noteSigner, openNote, parseCheckpoint, signNote, verifierKeyText } from './note.ts';
import { goVectors, verifierOf } from './testing/go-vectors.ts';

// From C2SP signed-note.
const EXAMPLE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;
const VKEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const EXAMPLE_KEY = verifierOf(VKEY);

const signer = noteSigner('ticket-check/audit', createPrivateKey(makeNoteKey()));

it('opens the note of the specification', () => {
  expect(openNote(EXAMPLE, [EXAMPLE_KEY])).toMatchObject({ text: 'This is an example message.\n' });
  expect(openNote(EXAMPLE.replace('example m', 'example n'), [EXAMPLE_KEY])).toEqual({ fault: 'wrong-signature' });
  expect(openNote(EXAMPLE, [signer])).toEqual({ fault: 'unknown-key' });
});

describe('notes that Go made', () => {
  it.each(goVectors.notes.map((note) => [note.name, note] as const))('%s', (_, made) => {
    const opened = openNote(made.note, [verifierOf(made.verifierKey)]);
    if (made.error === undefined) expect(opened).toMatchObject({ text: made.text });
    else expect(opened).toEqual({ fault: made.error });
  });

  it.each(goVectors.notes.filter(({ signerKey }) => signerKey !== undefined))(
    'are the same when they are made here: $name',
    ({ signerKey = '', verifierKey, text = '', note }) => {
      const seed = Buffer.from(signerKey.slice(signerKey.lastIndexOf('+') + 1), 'base64').subarray(1);
      const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
      const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      expect(signNote(text, noteSigner(verifierOf(verifierKey).name, key))).toBe(note);
    },
  );
});

it('opens whatever text it signed, and nothing that was changed by a character', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ -~\n检票]*$/), fc.nat(), (line, at) => {
      const text = `${line}\n`;
      const note = signNote(text, signer);
      expect(openNote(note, [signer])).toMatchObject({ text });
      const place = at % note.length;
      const changed = `${note.slice(0, place)}${note[place] === 'x' ? 'y' : 'x'}${note.slice(place + 1)}`;
      expect(openNote(changed, [signer])).toHaveProperty('fault');
    }),
  );
});

it('signs no text that a note cannot hold', () => {
  for (const text of ['', 'no newline', 'a\tb\n', 'a\u0000b\n', '\ud800\n'])
    expect(() => signNote(text, signer)).toThrow();
});

it.each([
  ['of an empty name', '\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'],
  ['of a size with a zero before it', 'a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'],
  ['of a size beyond what is counted here', 'a\n99999999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'],
  ['of half a hash', 'a\n1\nCsUYapGGPo4=\n'],
  ['with an empty line', 'a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nb\n'],
  ['that ends early', 'a\n1\n'],
])('takes no checkpoint %s', (_, text) => {
  expect(parseCheckpoint(text)).toBeNull();
});

it('takes a checkpoint with lines that it does not know', () => {
  const text = 'a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nb\n';
  expect(parseCheckpoint(text)).toMatchObject({ origin: 'a', size: 1 });
});

it('reads and prints the verifier key of the specification', () => {
  expect(EXAMPLE_KEY.name).toBe('example.com/foo');
  expect(verifierKeyText(EXAMPLE_KEY)).toBe(VKEY);
});

it.each(['', 'a b', 'a+b', 'a\nb', 'a\u00a0b'])('names no key %j', (name) => {
  expect(() => noteSigner(name, createPrivateKey(makeNoteKey()))).toThrow(TypeError);
});
