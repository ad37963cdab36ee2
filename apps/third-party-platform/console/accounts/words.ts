import type { InEachLanguage, ProblemWords } from '@ticket-check/console';

type Words = {
  title: string;
  intro: string;
  caption: string;
  enrol: string;
  enrolText: string;
  add: string;
  addText: string;
  addSeller: string;
  addSellerText: string;
  username: string;
  usernameHint: string;
  usernameNeeded: string;
  cinemas: string;
  cinemasHint: string;
  cinemasNeeded: string;
  make: string;
  cancel: string;
  account: string;
  kind: string;
  kinds: Readonly<Record<'platform' | 'seller', string>>;
  state: string;
  inForce: string;
  revoked(time: string): string;
  ended(time: string): string;
  expired(time: string): string;
  store: string;
  storeNone: string;
  storeSeen(time: string): string;
  created: string;
  allCinemas: string;
  action: string;
  revoke: string;
  revokeTitle(name: string): string;
  revokeText: Readonly<Record<'platform' | 'seller', string>>;
  rebind: string;
  rebindTitle(name: string): string;
  rebindText: string;
  pending: string;
  goodUntil: string;
  madeBy: string;
  withdraw: string;
  withdrawTitle(name: string): string;
  withdrawText: string;
  replaces: string;
  replacesTitle(name: string): string;
  replacesText: string;
  inPlaceOf(former: string): string;
  former: string;
  formerHint: string;
  save: string;
  name: string;
  nameTitle(username: string): string;
  nameText: string;
  displayName: string;
  displayNameHint: string;
  left(count: number, time: string): string;
  leftUnknown: string;
  none: string;
  noneText: string;
  enrolled(name: string): string;
  scan: string;
  scanText(until: string): string;
  symbol: string;
  text: string;
  bundle(name: string): string;
  bundleText: string;
  download: string;
  done: string;
  problems: ProblemWords;
};

export const WORDS: InEachLanguage<Words> = {
  zh: {
    title: '接入账号',
    intro:
      '每台终端、每个售票服务使用自己的账号。新终端最好用二维码注册：私钥在终端上生成，不离开终端。售票服务用账号生成电子影票，不能查询和报送。',
    caption: '终端和售票服务的账号',
    enrol: '用二维码注册终端',
    enrolText: '生成一个一小时内有效、只能使用一次的注册码。终端扫描后自行生成密钥并领取账号。',
    add: '新建终端账号并下载文件',
    addText: '生成密钥，并给出账号文件。文件含有唯一的私钥，只显示这一次：请交给终端后删除。',
    addSeller: '新建售票服务账号',
    addSellerText: '生成密钥，并给出账号文件。文件含有唯一的私钥，只显示这一次：请交给售票服务后删除。',
    username: '账号',
    usernameHint: '1 到 64 个字母、数字、点、下划线或连字符',
    usernameNeeded: '请填写账号：1 到 64 个字母、数字、点、下划线或连字符',
    cinemas: '影院编码',
    cinemasHint: '8 位编码，多个用逗号分隔；* 表示全部影院',
    cinemasNeeded: '请填写 8 位影院编码，多个用逗号分隔',
    make: '生成',
    cancel: '取消',
    account: '账号',
    kind: '类型',
    kinds: { platform: '终端', seller: '售票服务' },
    state: '状态',
    inForce: '有效',
    revoked: (time) => `已于 ${time} 吊销`,
    ended: (time) => `有效至 ${time}`,
    expired: (time) => `已于 ${time} 到期`,
    store: '绑定的终端',
    storeNone: '未绑定',
    storeSeen: (time) => `${time} 使用过`,
    created: '创建时间',
    allCinemas: '全部影院',
    action: '操作',
    revoke: '吊销',
    revokeTitle: (name) => `吊销账号 ${name}？`,
    revokeText: {
      platform: '使用该账号的终端立即无法联网检票和上报，且不能恢复。终端上尚未上报的记录请先上报。',
      seller: '影响 1 个售票服务：它的请求立即全部拒绝，且不能恢复。已生成的电子影票仍然有效。',
    },
    rebind: '允许更换终端',
    rebindTitle: (name) => `允许账号 ${name} 更换终端？`,
    rebindText: '该账号解除与原终端的绑定，绑定到下一台使用它的终端。原终端再次使用时将被拒绝。',
    pending: '等待终端领取的账号',
    goodUntil: '注册码有效至',
    madeBy: '生成者',
    withdraw: '撤回注册码',
    withdrawTitle: (name) => `撤回 ${name} 的注册码？`,
    withdrawText: '影响 1 个注册码：它立即失效，终端不能再用它领取账号。',
    replaces: '接替原账号',
    replacesTitle: (name) => `账号 ${name} 接替哪个账号？`,
    replacesText: '终端换用新账号后，对账时也会列出原账号报送的记录。原账号不会因此吊销，不再使用时请另行吊销。',
    inPlaceOf: (former) => `接替 ${former}`,
    former: '原账号',
    formerHint: '留空表示不接替任何账号',
    save: '保存',
    name: '终端名称',
    nameTitle: (username) => `账号 ${username} 的终端叫什么？`,
    nameText: '观众和工作人员看到的名称，例如“2 号门”。其他检票口提到这台终端时也用它。',
    displayName: '名称',
    displayNameHint: '留空则显示账号',
    left: (count, time) => `影响 1 台终端；它在 ${time} 说明尚有 ${count} 条检票记录未送达。`,
    leftUnknown: '影响 1 台终端；它没有上报过状态，尚有多少记录未送达无从得知。',
    none: '还没有账号',
    noneText: '用二维码注册第一台终端。',
    enrolled: (name) => `${name} 的注册码`,
    scan: '在终端的检票页面上扫描此二维码，核对后确认；或在终端上运行 upstream enrol -，然后扫描。',
    scanText: (until) => `${until} 前有效，只能使用一次。关闭后不再显示。`,
    symbol: '注册二维码',
    text: '二维码的文字',
    bundle: (name) => `${name} 的账号文件`,
    bundleText: '此文件含有唯一的私钥，关闭后不再显示。请下载后交给终端（用 upstream set）或售票服务，然后删除文件。',
    download: '下载',
    done: '完成',
    problems: {
      'username-taken': { title: '账号已存在', text: '请换一个账号名；已吊销的账号名也不能再用。' },
      'no-account': { title: '没有此账号', text: '请核对账号名，或刷新列表。' },
      'no-enrolment': { title: '没有此注册码', text: '它已被使用、已过期或已撤回。已领取的账号请在列表中吊销。' },
      'cannot-replace': {
        title: '不能接替这个账号',
        text: '一个账号只能由一个账号接替，也不能接替自己或接替它的账号。',
      },
    },
  },
  en: {
    title: 'Client accounts',
    intro:
      'Each terminal and each selling service has an account of its own. Enrol a new terminal by QR code: its private key is made at the terminal and never leaves it. A selling service makes e-tickets with its account, and can neither ask nor report.',
    caption: 'Accounts of terminals and selling services',
    enrol: 'Enrol a terminal by QR code',
    enrolText:
      'Makes a code that is good for an hour and for one terminal. The terminal that scans it makes its own key and fetches the account.',
    add: 'Add a terminal as a file',
    addText:
      'Makes a key and the file of the account. The file holds the only private key and is shown once: take it to the terminal, then delete it.',
    addSeller: 'Add a selling service',
    addSellerText:
      'Makes a key and the file of the account. The file holds the only private key and is shown once: take it to the selling service, then delete it.',
    username: 'Account',
    usernameHint: '1 to 64 letters, digits, dots, underscores or hyphens',
    usernameNeeded: 'Give 1 to 64 letters, digits, dots, underscores or hyphens',
    cinemas: 'Cinema codes',
    cinemasHint: 'of 8 digits, separated by commas; * for all cinemas',
    cinemasNeeded: 'Give cinema codes of 8 digits, separated by commas',
    make: 'Make',
    cancel: 'Cancel',
    account: 'Account',
    kind: 'Used by',
    kinds: { platform: 'terminal', seller: 'selling service' },
    state: 'State',
    inForce: 'in force',
    revoked: (time) => `revoked ${time}`,
    ended: (time) => `ends ${time}`,
    expired: (time) => `ended at ${time}`,
    store: 'Bound to',
    storeNone: 'no terminal',
    storeSeen: (time) => `used ${time}`,
    created: 'Made',
    allCinemas: 'all cinemas',
    action: 'Action',
    revoke: 'Revoke',
    revokeTitle: (name) => `Revoke the account ${name}?`,
    revokeText: {
      platform:
        'The terminal that uses it can neither ask nor report any more, at once and for good. Let it report what waits there first.',
      seller:
        'It is about 1 selling service, whose requests are all refused, at once and for good. The e-tickets that it had made stay good.',
    },
    rebind: 'Let another terminal use it',
    rebindTitle: (name) => `Let another terminal use ${name}?`,
    rebindText:
      'The account is freed from its terminal and bound to the next one that uses it. The former one is refused from then on.',
    pending: 'Accounts that a terminal has still to fetch',
    goodUntil: 'Code good until',
    madeBy: 'Made by',
    withdraw: 'Withdraw the code',
    withdrawTitle: (name) => `Withdraw the code of ${name}?`,
    withdrawText: 'It is about 1 code, which is void at once: no terminal fetches the account with it any more.',
    replaces: 'Replaces…',
    replacesTitle: (name) => `Which account does ${name} replace?`,
    replacesText:
      'When a terminal goes on under a new account, what came through the former one is listed to it too when days are compared. The former one stays in force: revoke it when it is not used any more.',
    inPlaceOf: (former) => `in place of ${former}`,
    former: 'Former account',
    formerHint: 'empty for none',
    save: 'Save',
    name: 'Name',
    nameTitle: (username) => `What is the terminal of ${username} called?`,
    nameText: 'Guests and staff see this name, such as "Door 2", also at other gates that mention this terminal.',
    displayName: 'Name',
    displayNameHint: 'empty: the account is shown',
    left: (count, time) =>
      `It is about 1 terminal, which said at ${time} that ${count} of its check records had not been accepted yet.`,
    leftUnknown: 'It is about 1 terminal. It tells no state: how many of its check records wait there is not known.',
    none: 'There are no accounts yet',
    noneText: 'Enrol the first terminal by QR code.',
    enrolled: (name) => `Enrolment of ${name}`,
    scan: 'Scan this symbol on the kiosk page of the terminal and confirm there, or run upstream enrol - at the terminal and scan it.',
    scanText: (until) => `Good until ${until}, once. It is not shown again.`,
    symbol: 'QR symbol of the enrolment',
    text: 'The text of the symbol',
    bundle: (name) => `File of ${name}`,
    bundleText:
      'This file holds the only private key and is not shown again. Download it, hand it to the terminal (upstream set) or the selling service, then delete it.',
    download: 'Download',
    done: 'Done',
    problems: {
      'username-taken': {
        title: 'The name is taken',
        text: 'Choose another one; that of a revoked account cannot be used again.',
      },
      'no-account': { title: 'There is no such account', text: 'Look at how it is written, or at the list again.' },
      'no-enrolment': {
        title: 'There is no such code',
        text: 'It was used, has ended or was withdrawn. Revoke an account that was fetched, in the list.',
      },
      'cannot-replace': {
        title: 'It cannot replace this account',
        text: 'An account is replaced by only one other, and neither by itself nor by one that it replaces.',
      },
    },
  },
};
