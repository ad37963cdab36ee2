import type { TokenRow } from '@ticket-check/operators/rows';
import { Checkbox, Form, Input } from 'antd';
import { useState } from 'react';
import { inEachLanguage, named, useWords } from '../begin/begun.ts';
import { ChangeButton } from '../change/change-dialog.tsx';
import { CinemasField, type FilledCinemas, filledCinemas } from '../change/cinemas-field.tsx';
import { NameField } from '../change/name-field.tsx';
import { ShownOnce } from '../change/shown-once.tsx';
import { useJson } from '../data/use-json.ts';
import { type Column, ListTable } from '../list/list-table.tsx';
import { epochOf, shownTime } from '../look/shown.ts';
import { Since } from '../look/since.tsx';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { ShownCinemas } from './operators-parts.tsx';

const WORDS = inEachLanguage({
  title: ['接口令牌', 'Tokens'],
  about: [
    '供报表等程序使用。在网页端口上（请求头 Authorization: Bearer）只能读取；本机命令可按所给权限进行更改（环境变量 OPERATOR_TOKEN）。添加人被停用期间，令牌不可用。',
    'For programs, such as reports. On the console (header Authorization: Bearer) a token reads and changes nothing; a command on the machine may change what its permissions allow (OPERATOR_TOKEN). It does not work while the operator who added it is disabled.',
  ],
  none: ['还没有令牌', 'There is no token yet'],
  noneText: ['程序需要读取数据时，请添加一个。', 'Add one when a program needs to read data.'],
  name: ['名称', 'Name'],
  nameHint: [
    '说明用途，例如 daily-report：小写字母、数字、点、下划线或连字符。每个名称只能用一次。',
    'What it is for, such as daily-report: small letters, digits, dots, underscores or hyphens. Each name is used once.',
  ],
  permissions: ['权限', 'Permissions'],
  choose: ['请至少选择一项权限', 'Choose at least one permission'],
  permission: {
    'records.read': ['查看检票记录和报表', 'see check records, reports'],
    'records.resolve': ['处理重复入场、退票、上级拒收的记录', 'settle doubles, refunds, parked records'],
    'claims.read': ['查看未归还的占票', 'see open claims'],
    'claims.release': ['归还占票', 'release claims'],
    'tickets.read': ['查询影票', 'look up a ticket'],
    'tickets.check': ['检票', 'check tickets'],
    'entries.undo': ['撤销入场，撤销取纸质票', 'undo entries, and pick-ups on paper'],
    'entries.undo-unpassed': ['撤销传感器没有检测到通过的入场', 'undo an entry that the sensor missed'],
    'entries.override': ['对被拒绝的观众人工放行', 'admit in spite of a refusal'],
    'gates.clear': ['解除闸机停用', 'clear a gate'],
    'fleet.read': ['查看各终端', 'see the terminals'],
    'cinemas.read': ['查看影院和公钥', 'see cinemas and keys'],
    'settings.read': ['查看配置', 'see the settings'],
    'audit.read': ['查看操作记录', 'see the audit'],
    'service.manage': [
      '更改账号、影院、公钥、上级平台；导入、重发、清除',
      'change accounts, cinemas, keys, upstream; import, resend, purge',
    ],
    'operators.manage': ['管理操作员和接口令牌', 'manage operators and tokens'],
  },
  cinemas: ['影院', 'Cinemas'],
  until: ['有效至', 'Until'],
  lastDay: ['最后有效日期', 'Last day'],
  lastDayHint: ['最长 400 天', 'At most 400 days ahead'],
  addedBy: ['添加人', 'Added by'],
  machine: ['本机命令', 'a command on the machine'],
  used: ['最近使用', 'Last used'],
  never: ['从未', 'never'],
  state: ['状态', 'State'],
  works: ['有效', 'works'],
  ended: ['已过期', 'has ended'],
  held: ['添加人已停用', 'who added it is disabled'],
  revoked: (time: string) => [`已于 ${time} 吊销`, `revoked ${time}`],
  action: ['操作', 'Action'],
  add: ['添加令牌', 'Add a token'],
  addSubmit: ['添加', 'Add'],
  issued: (name: string) => [`令牌 ${name}`, `Token ${name}`],
  issuedText: (until: string) => [
    `仅显示这一次，请立即填入使用它的程序。有效至 ${until}。`,
    `It is shown this once. Enter it now where it is used. It works until ${until}.`,
  ],
  revoke: ['吊销', 'Revoke'],
  revokeTitle: (name: string) => [`吊销令牌 ${name}`, `Revoke the token ${name}`],
  revokeDone: ['令牌已吊销。', 'The token is revoked.'],
});

type Issued = { readonly Name: string; readonly Token: string; readonly EndsAt: string };
type Filled = FilledCinemas & {
  readonly name: string;
  readonly permissions: readonly string[];
  readonly until: string;
};

/** What machines read this console with, or run commands. */
export default function TokensScreen() {
  const t = useWords(WORDS);
  const [issued, setIssued] = useState<Issued | null>(null);
  const stateOf = ({ RevokedAt, EndsAt, Held }: TokenRow) => {
    if (RevokedAt !== null) return t.revoked(shownTime(RevokedAt));
    if (epochOf(EndsAt) < Date.now()) return t.ended;
    return Held ? t.held : t.works;
  };
  const columns: readonly Column<TokenRow>[] = [
    { head: t.name, cell: ({ Name }) => Name },
    {
      head: t.permissions,
      cell: ({ Permissions }) => Permissions.map((name) => <div key={name}>{named(t.permission, name)}</div>),
    },
    { head: t.cinemas, cell: ({ CinemaCodes }) => <ShownCinemas codes={CinemaCodes} /> },
    { head: t.until, cell: ({ EndsAt }) => shownTime(EndsAt) },
    { head: t.addedBy, cell: ({ AddedBy }) => AddedBy ?? t.machine },
    { head: t.used, cell: ({ UsedAt }) => <Since at={UsedAt} never={t.never} /> },
    { head: t.state, cell: stateOf },
    {
      head: t.action,
      cell: ({ Name, RevokedAt, EndsAt }) =>
        RevokedAt !== null || epochOf(EndsAt) < Date.now() ? null : (
          <ChangeButton
            label={t.revoke}
            button={{ size: 'small' }}
            title={t.revokeTitle(Name)}
            path="/token/revoke"
            body={{ Name }}
            hasPreview
            needsPassword
            destroys
            said={() => t.revokeDone}
          />
        ),
    },
  ];
  return (
    <ScreenPage title={t.title} about={t.about} actions={<NewToken done={setIssued} />}>
      {issued === null ? null : (
        <ShownOnce
          title={t.issued(issued.Name)}
          text={t.issuedText(shownTime(issued.EndsAt))}
          secret={issued.Token}
          close={() => setIssued(null)}
        />
      )}
      <Panel>
        <ListTable<TokenRow>
          caption={t.title}
          columns={columns}
          rowKey={({ Name }) => Name}
          none={t.none}
          noneText={t.noneText}
          noneNext={<NewToken done={setIssued} />}
        />
      </Panel>
    </ScreenPage>
  );
}

function NewToken({ done }: { done(issued: Issued): void }) {
  const t = useWords(WORDS);
  const { data } = useJson<{ readonly Offered: readonly string[] }>('/tokens.json');
  return (
    <ChangeButton<Issued, Filled>
      label={t.add}
      button={{ type: 'primary' }}
      title={t.add}
      submit={t.addSubmit}
      path="/token/add"
      body={({ name, permissions, until, ...cinemas }) => ({
        Name: name.trim(),
        Permissions: permissions,
        CinemaCodes: filledCinemas(cinemas),
        Until: until,
      })}
      needsPassword
      done={done}
    >
      <NameField name="name" label={t.name} hint={t.nameHint} />
      <Form.Item
        name="permissions"
        label={t.permissions}
        rules={[{ type: 'array', min: 1, message: t.choose }]}
        initialValue={[]}
      >
        <Checkbox.Group
          className="stacked"
          options={(data?.Offered ?? []).map((value) => ({ value, label: named(t.permission, value) }))}
        />
      </Form.Item>
      <CinemasField />
      <Form.Item name="until" label={t.lastDay} extra={t.lastDayHint} rules={[{ required: true, message: t.lastDay }]}>
        <Input type="date" />
      </Form.Item>
    </ChangeButton>
  );
}
