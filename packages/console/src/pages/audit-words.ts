/** The Chinese names of what is not declared; the English names are those of the commands. */
export const OTHER_OPERATIONS: Readonly<Record<string, string>> = {
  login: '登录',
  'login failed': '登录失败',
  logout: '退出登录',
  'operator recover': '恢复管理员',
  'operator change-password': '修改密码',
  'upstream set': '设置上级平台',
  'upstream enrol': '向上级平台注册',
  'upstream new-key': '生成新的上报密钥',
  'upstream use-key': '启用新的上报密钥',
  check: '检票',
  'records list': '查看检票记录',
  'records salvage': '从损坏的数据中取回记录',
  'records purge': '清除到期记录',
  'store renew-generation': '更换数据代号',
  'store backup': '备份数据',
  'store restore': '恢复备份',
  import: '导入',
};

type Words = Readonly<Record<string, { readonly zh: string; readonly en: string }>>;

/** What an operation is about, where that is not what the member of the entry is called everywhere. */
export const PARTS: Words = {
  recordId: { zh: '检票记录', en: 'Check record' },
  'operator end-session session': { zh: '登录', en: 'Login' },
};

export const VALUES: Words = {
  platform: { zh: '检票', en: 'check-in' },
  seller: { zh: '售票服务', en: 'selling service' },
  'session-total': { zh: '场次合计', en: 'session total' },
};
