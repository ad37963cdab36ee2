import type { AccountRow, EnrolmentRow } from '@ticket-check/admin/account-row';
import { Actions, Answered, ChangeButton, ListScreen, TablePanel, useSince, useWords } from '@ticket-check/console';
import { Explain } from '@ticket-check/console/pages/explain-refusal';
import { Tag } from 'antd';
import { AccountName } from './account-name.tsx';
import { NewAccount } from './made-once.tsx';
import { WORDS } from './words.ts';

export default function AccountsScreen() {
  const t = useWords(WORDS);
  const since = useSince();
  return (
    <ListScreen<AccountRow>
      words={t}
      actions={
        <>
          <NewAccount kind="enrol" />
          <NewAccount kind="add" />
          <NewAccount kind="addSeller" />
        </>
      }
      above={<PendingEnrolments />}
      columns={[
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
              <Tag>{RevokedAt !== null ? t.revoked(since(RevokedAt)) : t.expired(since(ExpiresAt))}</Tag>
            ) : (
              <Tag color="success">{ExpiresAt === null ? t.inForce : t.ended(since(ExpiresAt))}</Tag>
            ),
        },
        {
          head: t.store,
          cell: ({ Role, StoreSeenAt }) => {
            if (StoreSeenAt !== null) return t.storeSeen(since(StoreSeenAt));
            return Role === 'seller' ? '–' : t.storeNone;
          },
        },
        { head: t.created, of: 'CreatedAt' },
        {
          cell: (account) =>
            account.RevokedAt !== null ? null : (
              <Actions>
                {account.Role === 'platform' ? (
                  <>
                    <Change change="rebind" account={account} />
                    <Change change="replaces" account={account} />
                    <Change change="name" account={account} />
                  </>
                ) : null}
                <Change change="messages" account={account} />
                <Explain username={account.Username} />
                <Change change="revoke" account={account} />
              </Actions>
            ),
        },
      ]}
      rowKey={({ Username }) => Username}
      noneNext={<NewAccount kind="enrol" />}
    />
  );
}

/** The changes of one account; each is named shortly beside the others. */
function Change({
  change,
  account,
}: {
  change: 'revoke' | 'rebind' | 'replaces' | 'name' | 'messages';
  account: AccountRow;
}) {
  const t = useWords(WORDS);
  const { Username, DisplayName, Replaces, Messages, StoreSeenAt } = account;
  return (
    <ChangeButton
      label={t.changes[change]}
      about={Username}
      path={`/accounts/${change}`}
      body={{ Username }}
      now={{ DisplayName, Former: Replaces ?? '', Messages }}
    >
      {change === 'rebind' && StoreSeenAt === null ? <p>{t.notBound}</p> : null}
      {change === 'replaces' ? <p>{t.replacesText}</p> : null}
      {change === 'name' ? <p>{t.nameText}</p> : null}
    </ChangeButton>
  );
}

/** The valid codes; one in the wrong hands can be withdrawn. */
function PendingEnrolments() {
  const t = useWords(WORDS);
  return (
    <Answered<{ readonly Enrolments: readonly EnrolmentRow[] }> path="/accounts/enrolments.json">
      {({ Enrolments }) =>
        Enrolments.length === 0 ? null : (
          <TablePanel<EnrolmentRow>
            title={t.pending}
            columns={[
              { head: t.account, cell: (enrolment) => <AccountName account={enrolment} /> },
              { head: t.goodUntil, of: 'GoodUntil' },
              { head: t.madeBy, of: 'CreatedBy' },
              {
                cell: ({ Username }) => <ChangeButton about={Username} path="/accounts/withdraw" body={{ Username }} />,
              },
            ]}
            rows={Enrolments}
            rowKey={({ Username }) => Username}
          />
        )
      }
    </Answered>
  );
}
