import { Cinema, Named, useWords } from '@ticket-check/console';
import { WORDS } from './words.ts';

/** An account, with the cinemas that it is for. */
export function AccountName({
  account: { Username, DisplayName, CinemaCodes },
}: {
  account: {
    readonly Username: string;
    readonly DisplayName?: string | null;
    readonly CinemaCodes: readonly string[];
  };
}) {
  const t = useWords(WORDS);
  return (
    <div>
      <strong>
        <Named name={DisplayName} code={Username} />
      </strong>
      <div className="quiet">
        {CinemaCodes[0] === '*'
          ? t.allCinemas
          : CinemaCodes.map((code) => (
              <div key={code}>
                <Cinema code={code} />
              </div>
            ))}
      </div>
    </div>
  );
}
