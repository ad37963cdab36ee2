type Words = { readonly zh: string; readonly en: string };

/** The roles: what they are called, and what each may do; docs/deployment.md has them by permission. */
export const ROLE_WORDS = {
  administrator: {
    zh: '管理员',
    en: 'Administrator',
    hint: {
      zh: '可进行全部操作：更改账号、影院、公钥、上级平台，管理操作员和接口令牌，查看操作记录。可见全部影院。',
      en: 'Does everything: changes accounts, cinemas, keys, upstream, manages operators and tokens, sees the audit. Sees all cinemas.',
    },
  },
  supervisor: {
    zh: '值班经理',
    en: 'Supervisor',
    hint: {
      zh: '检票，处理重复入场、退票和上级拒收的记录，归还占票，撤销入场，人工放行，解除闸机停用，查看终端和公钥。',
      en: 'Checks tickets, settles doubles, refunds and parked records, releases claims, undoes entries, admits in spite of a refusal, clears gates, sees terminals and keys.',
    },
  },
  usher: {
    zh: '检票员',
    en: 'Usher',
    hint: {
      zh: '检票，查看检票记录、报表和占票，查询影票，撤销传感器没有检测到通过的入场，解除闸机停用。',
      en: 'Checks tickets, sees check records, reports and claims, looks up tickets, undoes an entry that the sensor missed, clears gates.',
    },
  },
  auditor: {
    zh: '审计员',
    en: 'Auditor',
    hint: {
      zh: '不作更改：查看检票记录、报表、占票、影票、终端、公钥、配置和操作记录。',
      en: 'Changes nothing: sees check records, reports, claims, tickets, terminals, keys, settings and the audit.',
    },
  },
} as const satisfies Readonly<Record<string, Words & { readonly hint: Words }>>;

export type Role = keyof typeof ROLE_WORDS;
export const ROLES = Object.keys(ROLE_WORDS) as [Role, ...Role[]];

/** The permissions of operators and tokens, and what they are called; docs/deployment.md describes them role by role. */
export const PERMISSION_WORDS = {
  'records.read': { zh: '查看检票记录和报表', en: 'see check records, reports' },
  'records.resolve': { zh: '处理重复入场、退票、上级拒收的记录', en: 'settle doubles, refunds, parked records' },
  'claims.read': { zh: '查看未归还的占票', en: 'see open claims' },
  'claims.release': { zh: '归还占票', en: 'release claims' },
  'tickets.read': { zh: '查询影票', en: 'look up a ticket' },
  'tickets.check': { zh: '检票', en: 'check tickets' },
  'entries.undo': { zh: '撤销入场，撤销取纸质票', en: 'undo entries, and pick-ups on paper' },
  'entries.undo-unpassed': { zh: '撤销传感器没有检测到通过的入场', en: 'undo an entry that the sensor missed' },
  'entries.override': { zh: '对被拒绝的观众人工放行', en: 'admit in spite of a refusal' },
  'gates.clear': { zh: '解除闸机停用', en: 'clear a gate' },
  'fleet.read': { zh: '查看各终端', en: 'see the terminals' },
  'cinemas.read': { zh: '查看影院和公钥', en: 'see cinemas and keys' },
  'settings.read': { zh: '查看配置', en: 'see the settings' },
  'audit.read': { zh: '查看操作记录', en: 'see the audit' },
  'service.manage': {
    zh: '更改账号、影院、公钥、上级平台；导入、重发、清除',
    en: 'change accounts, cinemas, keys, upstream; import, resend, purge',
  },
  'operators.manage': { zh: '管理操作员和接口令牌', en: 'manage operators and tokens' },
} as const satisfies Readonly<Record<string, Words>>;

export type Permission = keyof typeof PERMISSION_WORDS;
export const PERMISSION_NAMES = Object.keys(PERMISSION_WORDS) as [Permission, ...Permission[]];
