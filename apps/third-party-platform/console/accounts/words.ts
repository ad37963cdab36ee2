import { inEachLanguage } from '@ticket-check/console';

export const WORDS = inEachLanguage({
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
    '生成密钥，并给出账号文件。文件含有唯一的私钥，只显示这一次：请交给使用者后删除。',
    'Makes a key and the file of the account. The file holds the only private key and is shown once: take it to where it is used, then delete it.',
  ],
  addSeller: ['新建售票服务账号', 'Add a selling service'],
  make: ['生成', 'Make'],
  account: ['账号', 'Account'],
  kind: ['类型', 'Used by'],
  kinds: {
    platform: ['终端', 'terminal'],
    'data-source': ['数据源', 'data source'],
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
  changes: {
    revoke: ['吊销', 'Revoke'],
    rebind: ['允许更换终端', 'Let another terminal use it'],
    replaces: ['接替原账号', 'Replaces…'],
    name: ['终端名称', 'Name'],
    messages: ['错误信息的语言', 'Language'],
  },
  notBound: [
    '该账号目前没有绑定终端，会绑定到下一台使用它的终端。',
    'It is bound to no terminal: the next one that uses it is bound to it.',
  ],
  pending: ['等待终端领取的账号', 'Accounts that a terminal has still to fetch'],
  goodUntil: ['注册码有效至', 'Code good until'],
  madeBy: ['生成者', 'Made by'],
  replacesText: [
    '终端换用新账号后，对账时也会列出原账号报送的记录。原账号不会因此吊销，不再使用时请另行吊销。',
    'When a terminal goes on under a new account, what came through the former one is listed to it too when days are compared. The former one stays in force: revoke it when it is not used any more.',
  ],
  inPlaceOf: (former: string) => [`接替 ${former}`, `in place of ${former}`],
  nameText: [
    '观众和工作人员看到的名称，例如“2 号门”。其他检票口提到这台终端时也用它。',
    'Guests and staff see this name, such as "Door 2", also at other gates that mention this terminal.',
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
});
