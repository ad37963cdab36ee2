import { useWords } from '@ticket-check/console';
import { WORDS } from './words.ts';

/** An account, with the cinemas that it is for. */
export function AccountName({
  account: { Username, CinemaCodes },
}: {
  account: { readonly Username: string; readonly CinemaCodes: readonly string[] };
}) {
  const t = useWords(WORDS);
  return (
    <div>
      <strong>{Username}</strong>
      <div className="quiet">
        {CinemaCodes[0] === '*'
          ? t.allCinemas
          : CinemaCodes.map((code) => (
              <span key={code} className="label">
                {code}
              </span>
            ))}
      </div>
    </div>
  );
}
