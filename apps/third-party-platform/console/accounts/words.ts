import { inEachLanguage } from '@ticket-check/console';

export const WORDS = inEachLanguage({
  title: ['接入账号', 'Client accounts'],
  about: [
    '每台终端、每个售票服务使用自己的账号。新终端最好用二维码注册：私钥在终端上生成，不离开终端。售票服务用账号生成电子影票，不能查询和报送。',
    'Each terminal and each selling service has an account of its own. Enrol a new terminal by QR code: its private key is made at the terminal and never leaves it. A selling service makes e-tickets with its account, and can neither ask nor report.',
  ],
  enrol: ['用二维码注册终端', 'Enrol a terminal by QR code'],
  enrolText: [
    '生成一个一小时内有效、只能使用一次的注册码。终端扫描后自行生成密钥并领取账号。',
    'Makes a code that is good for an hour and for one terminal. The terminal that scans it makes its own key and fetches the account.',
  ],
  add: ['新建终端账号并下载文件', 'Add a terminal as a file'],
  addText: [
    '生成密钥，并给出账号文件。文件含有唯一的私钥，只显示这一次：请交给终端后删除。',
    'Makes a key and the file of the account. The file holds the only private key and is shown once: take it to the terminal, then delete it.',
  ],
  addSeller: ['新建售票服务账号', 'Add a selling service'],
  addSellerText: [
    '生成密钥，并给出账号文件。文件含有唯一的私钥，只显示这一次：请交给售票服务后删除。',
    'Makes a key and the file of the account. The file holds the only private key and is shown once: take it to the selling service, then delete it.',
  ],
  username: ['账号', 'Account'],
  usernameHint: ['1 到 64 个字母、数字、点、下划线或连字符', '1 to 64 letters, digits, dots, underscores or hyphens'],
  usernameNeeded: [
    '请填写账号：1 到 64 个字母、数字、点、下划线或连字符',
    'Give 1 to 64 letters, digits, dots, underscores or hyphens',
  ],
  cinemas: ['影院编码', 'Cinema codes'],
  cinemasHint: ['8 位编码，多个用逗号分隔；* 表示全部影院', 'of 8 digits, separated by commas; * for all cinemas'],
  cinemasNeeded: ['请填写 8 位影院编码，多个用逗号分隔', 'Give cinema codes of 8 digits, separated by commas'],
  make: ['生成', 'Make'],
  account: ['账号', 'Account'],
  kind: ['类型', 'Used by'],
  kinds: {
    platform: ['终端', 'terminal'],
    seller: ['售票服务', 'selling service'],
  },
  state: ['状态', 'State'],
  inForce: ['有效', 'in force'],
  revoked: (time: string) => [`已于 ${time} 吊销`, `revoked ${time}`],
  ended: (time: string) => [`有效至 ${time}`, `ends ${time}`],
  expired: (time: string) => [`已于 ${time} 到期`, `ended at ${time}`],
  store: ['绑定的终端', 'Bound to'],
  storeNone: ['未绑定', 'no terminal'],
  storeSeen: (time: string) => [`${time} 使用过`, `used ${time}`],
  created: ['创建时间', 'Made'],
  allCinemas: ['全部影院', 'all cinemas'],
  action: ['操作', 'Action'],
  revoke: ['吊销', 'Revoke'],
  revokeTitle: (name: string) => [`吊销账号 ${name}？`, `Revoke the account ${name}?`],
  revokeText: {
    platform: [
      '使用该账号的终端立即无法联网检票和上报，且不能恢复。终端上尚未上报的记录请先上报。',
      'The terminal that uses it can neither ask nor report any more, at once and for good. Let it report what waits there first.',
    ],
    seller: [
      '影响 1 个售票服务：它的请求立即全部拒绝，且不能恢复。已生成的电子影票仍然有效。',
      'It is about 1 selling service, whose requests are all refused, at once and for good. The e-tickets that it had made stay good.',
    ],
  },
  rebind: ['允许更换终端', 'Let another terminal use it'],
  rebindTitle: (name: string) => [`允许账号 ${name} 更换终端？`, `Let another terminal use ${name}?`],
  rebindText: [
    '该账号解除与原终端的绑定，绑定到下一台使用它的终端。原终端再次使用时将被拒绝。',
    'The account is freed from its terminal and bound to the next one that uses it. The former one is refused from then on.',
  ],
  pending: ['等待终端领取的账号', 'Accounts that a terminal has still to fetch'],
  goodUntil: ['注册码有效至', 'Code good until'],
  madeBy: ['生成者', 'Made by'],
  withdraw: ['撤回注册码', 'Withdraw the code'],
  withdrawTitle: (name: string) => [`撤回 ${name} 的注册码？`, `Withdraw the code of ${name}?`],
  withdrawText: [
    '影响 1 个注册码：它立即失效，终端不能再用它领取账号。',
    'It is about 1 code, which is void at once: no terminal fetches the account with it any more.',
  ],
  replaces: ['接替原账号', 'Replaces…'],
  replacesTitle: (name: string) => [`账号 ${name} 接替哪个账号？`, `Which account does ${name} replace?`],
  replacesText: [
    '终端换用新账号后，对账时也会列出原账号报送的记录。原账号不会因此吊销，不再使用时请另行吊销。',
    'When a terminal goes on under a new account, what came through the former one is listed to it too when days are compared. The former one stays in force: revoke it when it is not used any more.',
  ],
  inPlaceOf: (former: string) => [`接替 ${former}`, `in place of ${former}`],
  former: ['原账号', 'Former account'],
  formerHint: ['留空表示不接替任何账号', 'empty for none'],
  save: ['保存', 'Save'],
  name: ['终端名称', 'Name'],
  nameTitle: (username: string) => [`账号 ${username} 的终端叫什么？`, `What is the terminal of ${username} called?`],
  nameText: [
    '观众和工作人员看到的名称，例如“2 号门”。其他检票口提到这台终端时也用它。',
    'Guests and staff see this name, such as "Door 2", also at other gates that mention this terminal.',
  ],
  displayName: ['名称', 'Name'],
  displayNameHint: ['留空则显示账号', 'empty: the account is shown'],
  left: (count: number, time: string) => [
    `影响 1 台终端；它在 ${time} 说明尚有 ${count} 条检票记录未送达。`,
    `It is about 1 terminal, which said at ${time} that ${count} of its check records had not been accepted yet.`,
  ],
  leftUnknown: [
    '影响 1 台终端；它没有上报过状态，尚有多少记录未送达无从得知。',
    'It is about 1 terminal. It tells no state: how many of its check records wait there is not known.',
  ],
  none: ['还没有账号', 'There are no accounts yet'],
  noneText: ['用二维码注册第一台终端。', 'Enrol the first terminal by QR code.'],
  enrolled: (name: string) => [`${name} 的注册码`, `Enrolment of ${name}`],
  scan: [
    '在终端的检票页面上扫描此二维码，核对后确认；或在终端上运行 upstream enrol -，然后扫描。',
    'Scan this symbol on the kiosk page of the terminal and confirm there, or run upstream enrol - at the terminal and scan it.',
  ],
  scanText: (until: string) => [
    `${until} 前有效，只能使用一次。关闭后不再显示。`,
    `Good until ${until}, once. It is not shown again.`,
  ],
  symbol: ['注册二维码', 'QR symbol of the enrolment'],
  text: ['二维码的文字', 'The text of the symbol'],
  bundle: (name: string) => [`${name} 的账号文件`, `File of ${name}`],
  bundleText: [
    '此文件含有唯一的私钥，关闭后不再显示。请下载后交给终端（用 upstream set）或售票服务，然后删除文件。',
    'This file holds the only private key and is not shown again. Download it, hand it to the terminal (upstream set) or the selling service, then delete it.',
  ],
  download: ['下载', 'Download'],
  done: ['完成', 'Done'],
  problems: {
    'username-taken': {
      title: ['账号已存在', 'The name is taken'],
      text: [
        '请换一个账号名；已吊销的账号名也不能再用。',
        'Choose another one; that of a revoked account cannot be used again.',
      ],
    },
    'no-account': {
      title: ['没有此账号', 'There is no such account'],
      text: ['请核对账号名，或刷新列表。', 'Look at how it is written, or at the list again.'],
    },
    'no-enrolment': {
      title: ['没有此注册码', 'There is no such code'],
      text: [
        '它已被使用、已过期或已撤回。已领取的账号请在列表中吊销。',
        'It was used, has ended or was withdrawn. Revoke an account that was fetched, in the list.',
      ],
    },
    'cannot-replace': {
      title: ['不能接替这个账号', 'It cannot replace this account'],
      text: [
        '一个账号只能由一个账号接替，也不能接替自己或接替它的账号。',
        'An account is replaced by only one other, and neither by itself nor by one that it replaces.',
      ],
    },
  },
});
