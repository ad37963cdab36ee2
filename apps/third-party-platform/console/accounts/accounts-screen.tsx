import {
  ChangeDialog,
  type Column,
  ListTable,
  Nothing,
  Panel,
  RowsTable,
  ScreenPage,
  shownTime,
  useWords,
} from '@ticket-check/console';
import { Button } from 'antd';
import { useState } from 'react';
import { AccountName } from './account-name.tsx';
import { DisplayName, LeftBehind, type Made, MadeOnce, NewAccount, type NewAccountKind, Replaces } from './dialogs.tsx';
import { WORDS } from './words.ts';

/** A line of `/accounts.json`. */
type Account = {
  readonly Username: string;
  readonly Role: AccountRole;
  readonly CinemaCodes: readonly string[];
  readonly CreatedAt: string;
  readonly ExpiresAt: string | null;
  readonly Expired: boolean;
  readonly RevokedAt: string | null;
  readonly Replaces: string | null;
  readonly DisplayName: string | null;
  readonly StoreSeenAt: string | null;
};

/** Whose an account is: a terminal's, or a selling service's. */
type AccountRole = 'platform' | 'seller';

type Open =
  | { readonly change: 'revoke' | 'rebind'; readonly username: string; readonly role: AccountRole }
  | { readonly make: NewAccountKind }
  | { readonly withdrawing: string }
  | { readonly replacing: Account }
  | { readonly naming: Account }
  | null;

/** The accounts of terminals and selling services: issuing them, ending them, letting another terminal use one, and which replaces which. */
export default function AccountsScreen() {
  const t = useWords(WORDS);
  const [open, setOpen] = useState<Open>(null);
  const [made, setMade] = useState<Made | null>(null);
  const columns: readonly Column<Account>[] = [
    {
      head: t.account,
      cell: (account) => (
        <>
          <AccountName account={account} />
          {account.Replaces === null ? null : <div className="quiet">{t.inPlaceOf(account.Replaces)}</div>}
        </>
      ),
    },
    { head: t.kind, cell: ({ Role }) => t.kinds[Role] },
    {
      head: t.state,
      cell: ({ RevokedAt, ExpiresAt, Expired }) =>
        RevokedAt !== null || Expired ? (
          <div>
            <span className="label">
              {RevokedAt !== null ? t.revoked(shownTime(RevokedAt)) : t.expired(shownTime(ExpiresAt))}
            </span>
          </div>
        ) : (
          <div>
            <span className="label good">{ExpiresAt === null ? t.inForce : t.ended(shownTime(ExpiresAt))}</span>
          </div>
        ),
    },
    {
      head: t.store,
      cell: ({ Role, StoreSeenAt }) => {
        if (StoreSeenAt !== null) return t.storeSeen(shownTime(StoreSeenAt));
        return Role === 'seller' ? '–' : t.storeNone;
      },
    },
    { head: t.created, cell: ({ CreatedAt }) => shownTime(CreatedAt) },
    {
      head: t.action,
      cell: (account) => {
        const { Username: username, Role: role } = account;
        return account.RevokedAt !== null ? null : (
          <div className="screen-actions">
            {role === 'platform' ? (
              <>
                <Button onClick={() => setOpen({ change: 'rebind', username, role })}>{t.rebind}</Button>
                <Button onClick={() => setOpen({ replacing: account })}>{t.replaces}</Button>
                <Button onClick={() => setOpen({ naming: account })}>{t.name}</Button>
              </>
            ) : null}
            <Button onClick={() => setOpen({ change: 'revoke', username, role })}>{t.revoke}</Button>
          </div>
        );
      },
    },
  ];
  const close = () => setOpen(null);
  return (
    <ScreenPage
      title={t.title}
      actions={
        <>
          <Button type="primary" onClick={() => setOpen({ make: 'enrol' })}>
            {t.enrol}
          </Button>
          <Button onClick={() => setOpen({ make: 'add' })}>{t.add}</Button>
          <Button onClick={() => setOpen({ make: 'addSeller' })}>{t.addSeller}</Button>
        </>
      }
    >
      {made === null ? null : <MadeOnce made={made} close={() => setMade(null)} />}
      <Panel>
        <p className="quiet">{t.intro}</p>
        <ListTable<Account>
          path="/accounts.json"
          name="Accounts"
          live="accounts"
          above={({ Enrolments }) => (
            <PendingEnrolments
              enrolments={Enrolments as readonly Enrolment[]}
              withdraw={(withdrawing) => setOpen({ withdrawing })}
            />
          )}
          caption={t.caption}
          columns={columns}
          rowKey={({ Username }) => Username}
          empty={<Nothing title={t.none} text={t.noneText} />}
          problems={t.problems}
        />
      </Panel>
      {open !== null && 'make' in open ? <NewAccount kind={open.make} done={setMade} close={close} /> : null}
      {open !== null && 'withdrawing' in open ? (
        <ChangeDialog
          title={t.withdrawTitle(open.withdrawing)}
          submit={t.withdraw}
          path="/accounts/withdraw"
          body={{ username: open.withdrawing }}
          needsPassword
          destroys
          problems={t.problems}
          done={() => {}}
          close={close}
        >
          <p>{t.withdrawText}</p>
        </ChangeDialog>
      ) : null}
      {open !== null && 'replacing' in open ? (
        <Replaces username={open.replacing.Username} before={open.replacing.Replaces} close={close} />
      ) : null}
      {open !== null && 'naming' in open ? (
        <DisplayName username={open.naming.Username} before={open.naming.DisplayName} close={close} />
      ) : null}
      {open !== null && 'change' in open ? (
        <ChangeDialog
          title={open.change === 'revoke' ? t.revokeTitle(open.username) : t.rebindTitle(open.username)}
          submit={open.change === 'revoke' ? t.revoke : t.rebind}
          path={`/accounts/${open.change}`}
          body={{ username: open.username }}
          needsPassword
          destroys
          problems={t.problems}
          done={() => {}}
          close={close}
        >
          <p>{open.change === 'revoke' ? t.revokeText[open.role] : t.rebindText}</p>
          {open.role === 'platform' ? <LeftBehind username={open.username} /> : null}
        </ChangeDialog>
      ) : null}
    </ScreenPage>
  );
}

/** An account that no terminal has fetched yet, an item of `/accounts.json`. */
type Enrolment = {
  readonly Username: string;
  readonly CinemaCodes: readonly string[];
  readonly CreatedBy: string;
  readonly GoodUntil: string;
};

/** The valid codes; one in the wrong hands can be withdrawn. */
function PendingEnrolments({
  enrolments,
  withdraw,
}: {
  enrolments: readonly Enrolment[];
  withdraw(username: string): void;
}) {
  const t = useWords(WORDS);
  if (enrolments.length === 0) return null;
  const columns: readonly Column<Enrolment>[] = [
    { head: t.account, cell: (enrolment) => <AccountName account={enrolment} /> },
    { head: t.goodUntil, cell: ({ GoodUntil }) => shownTime(GoodUntil) },
    { head: t.madeBy, cell: ({ CreatedBy }) => CreatedBy },
    {
      head: t.action,
      cell: ({ Username }) => <Button onClick={() => withdraw(Username)}>{t.withdraw}</Button>,
    },
  ];
  return (
    <Panel title={t.pending}>
      <RowsTable caption={t.pending} columns={columns} rows={enrolments} rowKey={({ Username }) => Username} />
    </Panel>
  );
}
