import type { KeyObject } from 'node:crypto';
import { ProtocolError, readEnvelope, verifySignature } from '@ticket-check/protocol';
import { adviceOn, type Mark, mark } from './mistakes.ts';
import { type Opened, openSignature, readingsOf } from './open-signature.ts';
import { type Matcher, type Payload, readPayload } from './read-payload.ts';
import { type LooseRequest, readLoosely } from './read-request.ts';
import { type Candidate, textsOf } from './texts.ts';
import { createWork, type Work } from './work.ts';

export type Signer = { readonly name: string; readonly key: KeyObject };

type DiagnoseOptions = {
  /** Public keys that may have been taken by mistake: of the same account, or of others. */
  readonly otherKeys?: readonly Signer[];
  /** Usernames that may have been signed by mistake. */
  readonly usernames?: readonly string[];
};

/**
 * Explains the signature of a request: opens it with the RSA public key, which shows the digest that was signed, and searches the
 * text that has it, within an amount of work that is bounded by its length. Scheme 6.5.2.5; readings E2 and E3.
 *
 * @param body the bytes as they were sent, whatever they are
 * @param keys of the account, each may have signed; where none did, the first explains
 */
export const diagnose = (body: Buffer, keys: readonly [KeyObject, ...KeyObject[]], options: DiagnoseOptions = {}) => {
  const found = search(body, keys, options);
  const marks = found.marks.filter(({ code }, at) => found.marks.findIndex((one) => one.code === code) === at);
  return {
    Verifies: marks.length === 0,
    /** `hex`, `HEX`, `raw`, `digest-info`, or in a few words what else was found. */
    Payload: found.payload,
    SignedText: found.text,
    /** `Where`: the element, as `QueryData.CheckTickets[0].Price`; `body`, `SignedText`, or the name of a key. */
    Mistakes: marks.map((one) => {
      const { en, zh } = adviceOn(one);
      return { Code: one.code, Where: one.where, Advice: en, AdviceZh: zh };
    }),
  };
};

type Found = { readonly payload: string; readonly text: string | null; readonly marks: readonly Mark[] };

const UNREADABLE = 'unreadable';

const NONE = mark(
  'changed-value',
  'SignedText',
  'None of the spellings that were tried has the digest that was signed.',
  '所尝试的各种写法都没有签名中的摘要。',
);
const TOO_LONG = mark(
  'changed-value',
  'SignedText',
  'The request is too long to try all spellings: repeat it with one record to be sure.',
  '请求太长，没有试完各种写法：请用一条记录重做一次再看。',
);

const search = (
  body: Buffer,
  keys: readonly [KeyObject, ...KeyObject[]],
  { otherKeys = [], usernames = [] }: DiagnoseOptions,
): Found => {
  const { request, marks } = readLoosely(body);
  if (request === null) return { payload: UNREADABLE, text: null, marks };
  const opened = openWithAny(request.signature, keys, otherKeys);
  if (opened.block === null) return { payload: UNREADABLE, text: null, marks: [...marks, ...opened.marks] };
  const payload = readPayload(opened.block);
  const before = [...marks, ...opened.marks, ...payload.marks];
  // Nothing that a text could have: a search would find nothing in any time.
  if (payload.matchers.length === 0) return { payload: payload.form, text: payload.text ?? null, marks: before };
  const work = createWork(request.text.length);
  const match = matching(request, payload, usernames, work);
  if (match !== null) {
    const all = [...before, ...match.marks];
    const refusal = all.length > 0 ? null : refusalOf(body, opened.key);
    return { payload: payload.form, text: match.text, marks: refusal === null ? all : [refusal] };
  }
  // What else was signed than a digest of the text shows in no text.
  const isExplained = before.some(({ code }) => code === 'padding');
  const marksOfNone = isExplained ? before : [...before, work.isSpent() ? TOO_LONG : NONE];
  return { payload: payload.form, text: payload.text ?? null, marks: marksOfNone };
};

/** Why a platform refuses the body although its signature may fit; null where it takes it. */
const refusalOf = (body: Buffer, key: KeyObject): Mark | null => {
  try {
    if (verifySignature(readEnvelope(body), key)) return null;
    return mark('not-a-signature', 'Signature', 'The Signature does not fit.', 'Signature 不符。');
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const code = error.code === 'VERSION_UNSUPPORTED' ? 'version-form' : 'not-a-signature';
    const where = error.code === 'VERSION_UNSUPPORTED' ? 'Version' : String(error.details?.element ?? 'body');
    return mark(
      code,
      where,
      `The signature fits, but the request is refused: ${error.code}, ${error.message}.`,
      `签名相符，但请求会被拒绝：${error.code}，${error.message}。`,
    );
  }
};

type WithKey = { readonly block: Opened | null; readonly key: KeyObject; readonly marks: readonly Mark[] };

const openWithAny = (
  signature: string,
  own: readonly [KeyObject, ...KeyObject[]],
  others: readonly Signer[],
): WithKey => {
  const tried: number[] = [];
  for (const { name, key } of [...own.map((each) => ({ name: null, key: each })), ...others]) {
    const length = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
    for (const { bytes, marks } of readingsOf(signature, length)) {
      if (key === own[0]) tried.push(bytes.length);
      if (bytes.length !== length) continue;
      const block = openSignature(bytes, key);
      if (block === null) continue;
      const all = [...marks, ...block.marks];
      if (name === null) return { block, key, marks: all };
      const says = [`The Signature was made with the key ${name}.`, `Signature 是用密钥 ${name} 做的。`] as const;
      return { block, key, marks: [mark('wrong-key', name, ...says), ...all] };
    }
  }
  return { block: null, key: own[0], marks: unopened(signature, own[0], tried) };
};

/** What a signature that shows nothing can be. */
const unopened = (signature: string, own: KeyObject, lengths: readonly number[]): readonly Mark[] => {
  const length = (own.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  if (lengths.includes(length)) {
    return [
      mark(
        'wrong-key',
        'Signature',
        'The block does not open with this key: another key made it, or it was damaged.',
        '用这个公钥打不开签名：签名出自另一个密钥，或在途中损坏。',
      ),
      mark(
        'padding',
        'Signature',
        'Or, if the key is the right one, the digest was encrypted with its public half (OAEP, PKCS #1 type 2), which nobody can see from outside.',
        '如果密钥没有用错，就是用公钥那一半加密了摘要（OAEP、PKCS #1 类型 2），这从外面看不出来。',
      ),
    ];
  }
  const other = lengths.find((one) => one >= 64 && one % 8 === 0 && one <= 512);
  if (other !== undefined) {
    const says = [
      `The Signature has ${other} bytes; this key makes ${length}.`,
      `Signature 有 ${other} 字节；这个密钥的签名是 ${length} 字节。`,
    ] as const;
    return [mark('wrong-key', 'Signature', ...says)];
  }
  const shown = signature === '' ? 'It is empty' : `It has ${signature.length} characters`;
  return [
    mark(
      'not-a-signature',
      'Signature',
      `${shown} and spells no signature of ${length} bytes.`,
      `Signature（${signature.length} 个字符）不是 ${length} 字节的签名。`,
    ),
  ];
};

const matching = (request: LooseRequest, { matchers }: Payload, usernames: readonly string[], work: Work) => {
  const common = matchers.filter(({ isRare }) => isRare !== true);
  const tryAll = (candidate: Candidate, which: readonly Matcher[]) => {
    work.digested(which.length, candidate.text.length);
    const matcher = which.find(({ isOf }) => isOf(candidate.bytes ?? candidate.text));
    return matcher && { text: candidate.text, marks: [...matcher.marks, ...candidate.marks()] };
  };
  const likely: Candidate[] = [];
  for (const candidate of textsOf(request, usernames, work)) {
    if (candidate.isLikely === true && likely.length < MOST_RARE) likely.push(candidate);
    const found = tryAll(candidate, common);
    if (found !== undefined) return found;
    if (work.isSpent()) break;
  }
  const rare = matchers.filter(({ isRare }) => isRare === true);
  for (const candidate of likely) {
    const found = tryAll(candidate, rare);
    if (found !== undefined) return found;
    if (work.isSpent(WITH_RARE)) break;
  }
  return null;
};

/** Texts that are tried with rare digests, and the work that is done with them. */
const MOST_RARE = 60;
const WITH_RARE = 1.25;
