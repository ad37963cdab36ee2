import type { AccountRow, EnrolmentRow } from '@ticket-check/admin/account-row';
import {
  Actions,
  Answered,
  type Bundled,
  ChangeButton,
  ListScreen,
  QrSymbol,
  type QrSymbolRow,
  ShownBundle,
  ShownOnce,
  TablePanel,
  useSince,
  useWords,
} from '@ticket-check/console';
import { Explain } from '@ticket-check/console/pages/explain-refusal';
import { Tag } from 'antd';
import { AccountName } from './account-name.tsx';
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
          of: 'Username',
          cell: (account) => (
            <>
              <AccountName account={account} />
              {account.Replaces === null ? null : <div className="quiet">{t.inPlaceOf(account.Replaces)}</div>}
            </>
          ),
        },
        { head: t.kind, of: 'Role', cell: ({ Role }) => t.kinds[Role] },
        {
          head: t.state,
          by: ({ RevokedAt, ExpiresAt }) => RevokedAt ?? ExpiresAt ?? '',
          cell: ({ RevokedAt, ExpiresAt, Expired }) =>
            RevokedAt !== null || Expired ? (
              <Tag>{RevokedAt !== null ? t.revoked(since(RevokedAt)) : t.expired(since(ExpiresAt))}</Tag>
            ) : (
              <Tag color="success">{ExpiresAt === null ? t.inForce : t.ended(since(ExpiresAt))}</Tag>
            ),
        },
        {
          head: t.store,
          of: 'StoreSeenAt',
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
                {(account.Role === 'platform' ? OF_TERMINAL : OF_SELLER).map((change) => (
                  <Change key={change} change={change} account={account} />
                ))}
                <Explain username={account.Username} />
              </Actions>
            ),
        },
      ]}
      rowKey={({ Username }) => Username}
      noneNext={<NewAccount kind="enrol" />}
    />
  );
}

const OF_SELLER = ['messages', 'revoke'] as const;
const OF_TERMINAL = ['rebind', 'replaces', 'name', ...OF_SELLER] as const;

/** A change of an account, which is named shortly beside the others. */
function Change({ change, account }: { change: (typeof OF_TERMINAL)[number]; account: AccountRow }) {
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

/** Asks for whom an account is, and has it made. */
function NewAccount({ kind }: { kind: 'enrol' | 'add' | 'addSeller' }) {
  const t = useWords(WORDS);
  return (
    <ChangeButton<Made>
      label={t[kind]}
      button={{ type: kind === 'enrol' ? 'primary' : 'default' }}
      submit={t.make}
      path={kind === 'enrol' ? '/accounts/enrol' : '/accounts/add'}
      body={kind === 'addSeller' ? { Role: 'seller' } : {}}
      made={(made, close) => <MadeOnce made={made} close={close} />}
    >
      <p>{kind === 'enrol' ? t.enrolText : t.addText}</p>
    </ChangeButton>
  );
}

type Made =
  | Bundled
  | {
      readonly Username: string;
      readonly Text: string;
      readonly Symbol: QrSymbolRow;
      readonly GoodUntil: string;
    };

/** Shows what is handed over once: the QR symbol of an enrolment, or the file of an account. */
function MadeOnce({ made, close }: { made: Made; close(): void }) {
  const t = useWords(WORDS);
  const since = useSince();
  if ('Bundle' in made) return <ShownBundle made={made} close={close} />;
  return (
    <ShownOnce title={t.enrolled(made.Username)} text={t.scan} secret={made.Text} close={close}>
      <QrSymbol of={made.Symbol} label={t.symbol} />
      <p className="quiet">{t.scanText(since(made.GoodUntil))}</p>
    </ShownOnce>
  );
}
