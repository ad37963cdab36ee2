import { Tag } from 'antd';
import { inEachLanguage, useBegun, useLanguage, useWords } from '../begin/begun.ts';
import { type Column, TablePanel } from '../list/list-table.tsx';
import { useElementName } from '../look/element.tsx';
import { ScreenPage } from '../shell/screen-page.tsx';
import { Answered } from '../states/states.tsx';

type Offered = {
  readonly summary?: string;
  readonly 'x-title-zh'?: string;
  readonly 'x-permission': string;
  readonly parameters: readonly {
    readonly name: string;
    readonly description?: string;
    readonly 'x-description-zh'?: string;
  }[];
};
type Contract = {
  readonly paths: Readonly<Record<string, { readonly get?: Offered; readonly post?: Offered }>>;
};

const WORDS = inEachLanguage({
  about: [
    '程序凭接口令牌读取的数据；更改只能由登录的操作员进行。完整说明（OpenAPI 3.1）见 /openapi.json。',
    'What programs read with an API token. Changes are for operators who are logged in. /openapi.json has it all as OpenAPI 3.1.',
  ],
  data: ['数据', 'Data'],
  changes: ['更改', 'Changes'],
  path: ['路径', 'Path'],
  what: ['内容', 'What'],
  permission: ['权限', 'Permission'],
  yours: ['您有此权限', 'you have it'],
  parameters: ['参数', 'Parameters'],
  elsewhere: ['见 docs/zh/reports.md', 'see docs/reports.md'],
  curl: ['示例', 'Example'],
});

type Row = Offered & { readonly path: string };

export default function ApiScreen() {
  const t = useWords(WORDS);
  const language = useLanguage();
  const nameOf = useElementName();
  const { Permissions, Changes } = useBegun();
  const columns: readonly Column<Row>[] = [
    { head: t.path, of: 'path', cell: ({ path }) => <code>{path}</code> },
    {
      head: t.what,
      cell: ({ summary, 'x-title-zh': zh }) => (language === 'zh' ? zh : summary) ?? '—',
      by: ({ 'x-title-zh': zh, summary }) => (language === 'zh' ? zh : summary),
    },
    {
      head: t.permission,
      of: 'x-permission',
      cell: ({ 'x-permission': permission }) => (
        <>
          <code className="one-line">{permission}</code>{' '}
          {Permissions.includes(permission) ? <Tag>{t.yours}</Tag> : null}
        </>
      ),
    },
  ];
  const ofData: readonly Column<Row>[] = [
    ...columns,
    {
      head: t.parameters,
      cell: ({ parameters }) => (
        <Named
          none={t.elsewhere}
          of={parameters.map(({ name, description, 'x-description-zh': zh }) => [
            name,
            (language === 'zh' ? zh : description) ?? nameOf(name),
          ])}
        />
      ),
    },
    {
      head: t.curl,
      cell: ({ path }) => (
        // It wraps: it is the longest by far.
        <span>
          <code>{`curl --cacert ca.pem -H "Authorization: Bearer $TOKEN" ${window.location.origin}${path}`}</code>
        </span>
      ),
    },
  ];
  const ofChanges: readonly Column<Row>[] = [
    ...columns,
    {
      head: t.parameters,
      cell: ({ path }) => <Named none="–" of={(Changes[path]?.Fields ?? []).map(({ Name, Label }) => [Name, Label])} />,
    },
  ];
  return (
    <ScreenPage about={t.about}>
      <Answered<Contract> path="/openapi.json">
        {({ paths }) => {
          const rowsOf = (method: 'get' | 'post') =>
            Object.entries(paths).flatMap(([path, { [method]: one }]) => (one === undefined ? [] : [{ ...one, path }]));
          return (
            <>
              <TablePanel title={t.data} columns={ofData} rows={rowsOf('get')} rowKey={({ path }) => path} />
              <TablePanel title={t.changes} columns={ofChanges} rows={rowsOf('post')} rowKey={({ path }) => path} />
            </>
          );
        }}
      </Answered>
    </ScreenPage>
  );
}

function Named({ of, none }: { of: readonly (readonly [name: string, says: string])[]; none: string }) {
  if (of.length === 0) return none;
  return of.map(([name, says]) => (
    <div key={name}>
      <code>{name}</code> <span className="quiet">{says}</span>
    </div>
  ));
}
