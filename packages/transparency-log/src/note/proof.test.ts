import { expect, it } from 'vitest';
import { leafHash } from '../merkle/hash.ts';
import { parseProof, proofText } from './proof.ts';

const path = [leafHash('a'), leafHash('b')];
const checkpoint =
  'a\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— a Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurm\n';

it('is written as the specification says, and read again', () => {
  const proof = { index: 2, path, checkpoint };
  const text = proofText(proof);
  expect(text.split('\n').slice(0, 5)).toEqual([
    'c2sp.org/tlog-proof@v1',
    'index 2',
    ...path.map((hash) => hash.toString('base64')),
    '',
  ]);
  expect(parseProof(text)).toEqual(proof);
  expect(parseProof(text.replace('index', 'extra YWdl\nindex'))).toEqual(proof);
  expect(parseProof(proofText({ ...proof, index: 0, path: [] }))).toEqual({ ...proof, index: 0, path: [] });
});

it.each([
  ['another version', (text: string) => text.replace('@v1', '@v2')],
  ['an index with a zero before it', (text: string) => text.replace('index 2', 'index 02')],
  ['half a hash', (text: string) => text.replace(/\n.{44}\n/, '\nAAAA\n')],
  ['no checkpoint', (text: string) => text.slice(0, text.indexOf('\n\n'))],
])('is not read with %s', (_, change) => {
  expect(parseProof(change(proofText({ index: 2, path, checkpoint })))).toBeNull();
});
