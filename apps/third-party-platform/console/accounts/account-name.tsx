import { Element, Linked, Named, withQuery } from '@ticket-check/console';

/** An account, which leads to its check records, with the cinemas that it is for. */
export function AccountName({
  account,
}: {
  account: {
    readonly Username: string;
    readonly DisplayName?: string | null;
    readonly CinemaCodes: readonly string[];
  };
}) {
  const { Username, DisplayName } = account;
  return (
    <>
      <strong>
        <Linked to={withQuery('/records', { account: Username })}>
          <Named name={DisplayName} code={Username} />
        </Linked>
      </strong>
      <div className="quiet">
        <Element of={account} name="CinemaCodes" />
      </div>
    </>
  );
}
