import {
  AdviceList,
  ChangeButton,
  CinemaName,
  type Column,
  inEachLanguage,
  Linked,
  ListScreen,
  PublicKeys,
  useElementName,
  useMay,
  useWords,
} from '@ticket-check/console';
import { Form, Input } from 'antd';
import type { CinemaRow } from '../../src/public-keys/cinema-row.ts';
import { ETicketKeys } from './e-ticket-keys.tsx';

const WORDS = inEachLanguage({
  about: [
    '公钥只能来自国家平台，每半小时自动获取；任何人都不能在本平台添加或更改公钥。',
    'Public keys are fetched from the national platform every half hour: nobody can add or change one here.',
  ],
  which: ['显示', 'Show'],
  wrongAlone: ['仅有异常的', 'what is wrong'],
  fine: ['正常', 'All is well'],
  keys: ['在用公钥', 'Keys in use'],
  former: (count: number) => [
    `另有 ${count} 把以前使用的公钥，仅用于核对旧记录`,
    `and ${count} of earlier times, with which old records are compared`,
  ],
  fetched: ['获取时间', 'Fetched'],
  state: ['状态', 'State'],
  none: ['还没有影院', 'There is no cinema yet'],
  noneText: [
    '请添加本平台所服务的影院，公钥随即自动获取。',
    'Add the cinemas that this platform serves; their keys are fetched by themselves.',
  ],
  add: ['添加影院', 'Add cinemas'],
  codes: ['影院编码', 'Cinema codes'],
  action: ['操作', 'Action'],
  rename: ['影院名称', 'Name'],
  renameTitle: (code: string) => [`影院 ${code} 的名称`, `Name of cinema ${code}`],
  save: ['保存', 'Save'],
  name: ['自定名称', 'Own name'],
  nameHint: ['留空则使用国家平台的名称', 'Left empty: what the national platform calls it'],
  codesHint: ['8 位编码，多个用逗号分隔', '8 characters each, separated by commas'],
});

/** The cinemas that are served, and how their public keys are. */
export default function Cinemas() {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const mayManage = useMay('service.manage');
  const columns: Column<CinemaRow>[] = [
    {
      head: nameOf('CinemaCode'),
      cell: ({ CinemaCode }) => (
        <Linked to={`/records?cinema=${CinemaCode}`}>
          <CinemaName code={CinemaCode} />
        </Linked>
      ),
    },
    { head: t.state, cell: ({ Advice }) => <AdviceList advice={Advice} fine={t.fine} /> },
    { head: t.fetched, of: 'FetchedAt' },
    {
      head: t.keys,
      cell: ({ Keys, FormerKeys }) => (
        <>
          <PublicKeys keys={Keys} />
          {FormerKeys === 0 ? null : <div className="quiet">{t.former(FormerKeys)}</div>}
        </>
      ),
    },
  ];
  if (mayManage) columns.push({ head: t.action, cell: ({ CinemaCode }) => <OwnName code={CinemaCode} /> });
  return (
    <ListScreen<CinemaRow>
      about={t.about}
      actions={mayManage ? <AddCinemas /> : undefined}
      fields={[{ name: 'wrong', label: t.which, kind: 'choice', choices: { 1: t.wrongAlone } }]}
      columns={columns}
      rowKey={({ CinemaCode }) => CinemaCode}
      none={t.none}
      noneText={t.noneText}
      noneNext={mayManage ? <AddCinemas /> : null}
    >
      <ETicketKeys />
    </ListScreen>
  );
}

function OwnName({ code }: { code: string }) {
  const t = useWords(WORDS);
  return (
    <ChangeButton
      label={t.rename}
      button={{ size: 'small' }}
      title={t.renameTitle(code)}
      submit={t.save}
      path="/cinema/name"
      body={({ name = '' }) => ({ CinemaCode: code, Name: name })}
    >
      <Form.Item name="name" label={t.name} extra={t.nameHint}>
        <Input maxLength={64} autoComplete="off" spellCheck={false} />
      </Form.Item>
    </ChangeButton>
  );
}

function AddCinemas() {
  const t = useWords(WORDS);
  const codes = (text: string) => text.split(/[,，\s]+/).filter((code) => code !== '');
  return (
    <ChangeButton
      label={t.add}
      title={t.add}
      path="/cinema/add"
      body={({ codes: text = '' }) => ({ CinemaCodes: codes(text) })}
      needsPassword
    >
      <Form.Item
        name="codes"
        label={t.codes}
        extra={t.codesHint}
        rules={[{ required: true, pattern: /^\s*\S{8}([,，\s]+\S{8})*\s*$/, message: t.codesHint }]}
      >
        <Input autoComplete="off" spellCheck={false} />
      </Form.Item>
    </ChangeButton>
  );
}
