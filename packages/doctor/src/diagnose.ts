import type { KeyObject } from 'node:crypto';
import { ProtocolError, readEnvelope, verifySignature } from '@ticket-check/protocol';
import advice from './advice.json' with { type: 'json' };
import { type Mark, mark } from './mistakes.ts';
import { openSignature, readingsOf } from './open-signature.ts';
import { type Matcher, readPayload } from './read-payload.ts';
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
 * Explains the signature of a request, whatever its bytes are: opens it with one of the account's RSA keys, and searches the text that
 * has the digest, within an amount of work bounded by its length. Scheme 6.5.2.5; readings E2 and E3.
 */
export const diagnose = (body: Buffer, keys: readonly [KeyObject, ...KeyObject[]], options: DiagnoseOptions = {}) => {
  const { payload, text, marks: found } = search(body, keys, options);
  const marks = found.filter(({ code }, at) => found.findIndex((one) => one.code === code) === at);
  return {
    Verifies: marks.length === 0,
    /** `hex`, `HEX`, `raw`, `digest-info`, or in a few words what else was found. */
    Payload: payload,
    SignedText: text,
    /** `Where`: the element, as `QueryData.CheckTickets[0].Price`; `body`, `SignedText`, or the name of a key. */
    Mistakes: marks.map(({ code, where, en, zh }) => ({
      ...{ Code: code, Where: where },
      ...{ Advice: `${en} ${advice[code].en}`, AdviceZh: `${zh}${advice[code].zh}` },
    })),
  };
};

type Found = { readonly payload: string; readonly text: string | null; readonly marks: readonly Mark[] };

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
  const unreadable = (marks: readonly Mark[]): Found => ({ payload: 'unreadable', text: null, marks });
  const { request, marks } = readLoosely(body);
  if (request === null) return unreadable(marks);
  const opened = openWithAny(request.signature, keys, otherKeys);
  if (opened.block === null) return unreadable([...marks, ...opened.marks]);
  const { form, matchers, text = null, marks: ofPayload } = readPayload(opened.block);
  const before = [...marks, ...opened.marks, ...ofPayload];
  // Nothing that a text could have: a search would find nothing in any time.
  if (matchers.length === 0) return { payload: form, text, marks: before };
  const work = createWork(request.text.length);
  const match = matching(request, matchers, usernames, work);
  if (match === null) {
    // What else was signed than a digest of the text shows in no text.
    const isExplained = before.some(({ code }) => code === 'padding');
    return { payload: form, text, marks: isExplained ? before : [...before, work.isSpent() ? TOO_LONG : NONE] };
  }
  const all = [...before, ...match.marks];
  const refusal = all.length > 0 ? null : refusalOf(body, opened.key);
  return { payload: form, text: match.text, marks: refusal === null ? all : [refusal] };
};

/** Why a platform refuses the body although its signature may fit; null where it takes it. */
const refusalOf = (body: Buffer, key: KeyObject): Mark | null => {
  try {
    if (verifySignature(readEnvelope(body), key)) return null;
    return mark('not-a-signature', 'Signature', 'The Signature does not fit.', 'Signature 不符。');
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const isVersion = error.code === 'VERSION_UNSUPPORTED';
    return mark(
      isVersion ? 'version-form' : 'not-a-signature',
      isVersion ? 'Version' : String(error.details?.element ?? 'body'),
      `The signature fits, but the request is refused: ${error.code}, ${error.message}.`,
      `签名相符，但请求会被拒绝：${error.code}，${error.message}。`,
    );
  }
};

const bytesOf = (key: KeyObject): number => (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;

const openWithAny = (signature: string, own: readonly [KeyObject, ...KeyObject[]], others: readonly Signer[]) => {
  const tried: number[] = [];
  for (const { name, key } of [...own.map((each) => ({ name: null, key: each })), ...others]) {
    for (const { bytes, marks } of readingsOf(signature, bytesOf(key))) {
      if (key === own[0]) tried.push(bytes.length);
      const block = bytes.length === bytesOf(key) ? openSignature(bytes, key) : null;
      if (block === null) continue;
      const says = [`The Signature was made with the key ${name}.`, `Signature 是用密钥 ${name} 做的。`] as const;
      const wrongKey = name === null ? [] : [mark('wrong-key', name, ...says)];
      return { block, key, marks: [...wrongKey, ...marks, ...block.marks] };
    }
  }
  return { block: null, key: own[0], marks: unopened(signature, bytesOf(own[0]), tried) };
};

/** What a signature that shows nothing can be. */
const unopened = (signature: string, length: number, lengths: readonly number[]): readonly Mark[] => {
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
  return [
    mark(
      other === undefined ? 'not-a-signature' : 'wrong-key',
      'Signature',
      `The Signature (${other ?? signature.length} ${other === undefined ? 'characters' : 'bytes'}) is not one of ${length} bytes, as this key makes.`,
      `Signature（${other ?? signature.length} ${other === undefined ? '个字符' : '字节'}）不是这个密钥的 ${length} 字节的签名。`,
    ),
  ];
};

const matching = (request: LooseRequest, matchers: readonly Matcher[], usernames: readonly string[], work: Work) => {
  const tryAll = ({ text, bytes, marks }: Candidate, which: readonly Matcher[]) => {
    work.digested(which.length, text.length);
    const matcher = which.find(({ isOf }) => isOf(bytes ?? text));
    return matcher && { text, marks: [...matcher.marks, ...marks()] };
  };
  const common = matchers.filter(({ isRare }) => isRare !== true);
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
