import { inEachLanguage, useWords } from '../begin/begun.ts';
import { Since } from './since.tsx';

const WORDS = inEachLanguage({
  since: ['启用于', 'from'],
  none: ['没有公钥，影票无法检验', 'none: no ticket can be checked'],
});

/** The public keys of a cinema, by the beginning of their fingerprints. */
export function PublicKeys({
  keys,
}: {
  keys: readonly { readonly Fingerprint: string; readonly StartTime: string }[];
}) {
  const t = useWords(WORDS);
  if (keys.length === 0) return <strong>{t.none}</strong>;
  return keys.map(({ Fingerprint, StartTime }) => (
    <div key={Fingerprint} title={Fingerprint}>
      <code className="one-line">{Fingerprint.slice(0, 16)}…</code>{' '}
      <span className="quiet">
        {t.since} <Since at={StartTime} />
      </span>
    </div>
  ));
}
