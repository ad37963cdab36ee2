import type { TokenRow } from '@ticket-check/operators/rows';
import { PERMISSION_WORDS } from '@ticket-check/operators/words';
import { inEachLanguage, useLanguage, useWords } from '../begin/begun.ts';
import { ChangeButton } from '../change/change-dialog.tsx';
import { ShownOnce } from '../change/shown-once.tsx';
import { ListScreen } from '../list/list-table.tsx';
import { epochOf } from '../look/shown.ts';
import { Since, useSince } from '../look/since.tsx';

const WORDS = inEachLanguage({
  about: [
    '供报表等程序使用。在网页端口上（请求头 Authorization: Bearer）只能读取；本机命令可按所给权限进行更改（环境变量 OPERATOR_TOKEN）。添加人被停用期间，令牌不可用。',
    'For programs, such as reports. On the console (header Authorization: Bearer) a token reads and changes nothing; a command on the machine may change what its permissions allow (OPERATOR_TOKEN). It does not work while the operator who added it is disabled.',
  ],
  none: ['还没有令牌', 'There is no token yet'],
  noneText: ['程序需要读取数据时，请添加一个。', 'Add one when a program needs to read data.'],
  permissions: ['权限', 'Permissions'],
  never: ['从未', 'never'],
  addedBy: ['添加人', 'Added by'],
  machine: ['本机命令', 'a command on the machine'],
  state: ['状态', 'State'],
  works: ['有效', 'works'],
  ended: ['已过期', 'has ended'],
  held: ['添加人已停用', 'who added it is disabled'],
  revoked: (time: string) => [`已于 ${time} 吊销`, `revoked ${time}`],
  issued: (name: string) => [`令牌 ${name}`, `Token ${name}`],
  issuedText: (until: string) => [
    `仅显示这一次，请立即填入使用它的程序。有效至 ${until}。`,
    `It is shown this once. Enter it now where it is used. It works until ${until}.`,
  ],
  revoke: ['吊销', 'Revoke'],
});

type Issued = { readonly Name: string; readonly Token: string; readonly EndsAt: string };

export default function TokensScreen() {
  const t = useWords(WORDS);
  const language = useLanguage();
  const since = useSince();
  const stateOf = ({ RevokedAt, EndsAt, Held }: TokenRow) => {
    if (RevokedAt !== null) return t.revoked(since(RevokedAt));
    if (epochOf(EndsAt) < Date.now()) return t.ended;
    return Held ? t.held : t.works;
  };
  return (
    <ListScreen<TokenRow>
      words={t}
      actions={<NewToken />}
      columns={[
        'Name',
        {
          head: t.permissions,
          of: 'Permissions',
          cell: ({ Permissions }) =>
            Permissions.map((name) => <div key={name}>{PERMISSION_WORDS[name][language]}</div>),
        },
        'CinemaCodes',
        'EndsAt',
        { head: t.addedBy, of: 'AddedBy', cell: ({ AddedBy }) => AddedBy ?? t.machine },
        { of: 'UsedAt', cell: ({ UsedAt }) => <Since at={UsedAt} never={t.never} /> },
        { head: t.state, cell: stateOf, by: stateOf },
        {
          cell: ({ Name, RevokedAt, EndsAt }) =>
            RevokedAt !== null || epochOf(EndsAt) < Date.now() ? null : (
              <ChangeButton
                label={t.revoke}
                button={{ size: 'small' }}
                about={Name}
                path="/token/revoke"
                body={{ Name }}
              />
            ),
        },
      ]}
      rowKey={({ Name }) => Name}
      noneNext={<NewToken />}
    />
  );
}

function NewToken() {
  const t = useWords(WORDS);
  const since = useSince();
  return (
    <ChangeButton<Issued>
      button={{ type: 'primary' }}
      path="/token/add"
      made={({ Name, Token, EndsAt }, close) => (
        <ShownOnce title={t.issued(Name)} text={t.issuedText(since(EndsAt))} secret={Token} close={close} />
      )}
    />
  );
}
