import type { DeviceState } from '../messages/terminal-state.ts';

/** `error`: guests or records are held up, or may be; `warning`: somebody should look today; `note`: for information. */
export type Severity = 'error' | 'warning' | 'note';

type Words = readonly [wrong: string, todo: string, wrongZh: string, todoZh: string];

const advice = <T extends Readonly<Record<string, Words>>>(severity: Severity, table: T) =>
  Object.fromEntries(Object.entries(table).map(([code, words]) => [code, { severity, words }])) as {
    readonly [Code in keyof T]: { readonly severity: Severity; readonly words: Words };
  };

/** What may be wrong with a terminal, the most urgent first, and what to do; `{}` is replaced by names of devices or a number. */
export const ADVICE = {
  ...advice('error', {
    unheard: [
      'Nothing was heard of it for {} minutes',
      'Go to the door: is the terminal on, does the agent run, is the network plugged in? It goes on checking tickets offline and reports by itself once it is connected.',
      '已有 {} 分钟没有收到该终端的消息',
      '到检票口查看：终端是否通电、程序是否在运行、网线或无线网络是否正常。断网期间终端仍可离线检票，联网后自动补报。',
    ],
    'gate-error': [
      'A gate has failed ({})',
      'Look at its power and its cable. Until it works, let guests in by hand, by the verdict that the terminal shows.',
      '闸机故障（{}）',
      '检查闸机电源和连接线。修复前请手动开门放行：以终端显示的检票结果为准。',
    ],
    'gate-out-of-order': [
      'A gate is out of order ({})',
      'Look at its power and its cable. Until it works, let guests in by hand, by the verdict that the terminal shows. Once it opens and shuts again, clear it on the page Gates of the terminal (or by gate clear).',
      '闸机停用（{}）',
      '检查闸机电源和连接线。修复前请手动开门放行：以终端显示的检票结果为准。确认闸机恢复正常后，在终端的“闸机”页面解除停用（或执行 gate clear）。',
    ],
    'scanner-error': [
      'A scanner has failed ({})',
      'Look at its cable and plug it in again; if that does not help, start the agent again.',
      '扫码枪故障（{}）',
      '检查扫码枪的连接线，重新插拔；仍不正常时请重启检票程序。',
    ],
    'no-keys': [
      'There are no public keys of the cinema: no ticket can be read',
      'Look at the network and wait a minute; if there are still none, have the administrator see whether the platform has the keys of the cinema (keys status).',
      '没有影院公钥，无法识别票码',
      '检查网络后等待一分钟；仍没有公钥时，请平台管理员确认该影院的公钥已下发（keys status）。',
    ],
    'clock-wrong': [
      'Its clock cannot be trusted',
      'Set the clock and the time zone of the machine (China Standard Time), and have it kept by NTP.',
      '终端时间不可信',
      '请校准终端的系统时间和时区（北京时间），并打开自动对时。',
    ],
    'no-upstream': [
      'No platform is set',
      'Have the administrator of the platform make a QR code for it on the page Client accounts; scan or enter it on the kiosk page, and confirm.',
      '终端尚未接入平台',
      '请平台管理员在“接入账号”页面为该终端生成二维码，然后在检票页面扫描或输入，核对后确认。',
    ],
    'line-down': [
      'The line to the platform is down: tickets are checked offline',
      'Look at the cable, the wireless network and the router. Offline a ticket may go in that went in elsewhere; once the line is back, everything is reported and compared by itself.',
      '与平台的连接中断，正在离线检票',
      '检查网线、无线网络和路由器。离线期间其他终端检过的票可能再次放行，恢复后会自动补报并核对。',
    ],
    'records-late': [
      '{} check records are more than ten minutes late',
      'Check the network. Do not switch off, reinstall or replace the terminal: it has the only copy of these records.',
      '{} 条检票记录超过十分钟未上报',
      '检查网络；不要关闭、重装或更换终端，记录只保存在这台终端上。',
    ],
  }),
  ...advice('warning', {
    'passed-unadmitted': [
      'People went through without being admitted ({})',
      'Find out who it was, ask for the ticket and scan it; then press Acknowledge on the terminal’s Gates page (or run gate acknowledge <gate>).',
      '有人未经放行通过（{}）',
      '请核实通过的人员，要求其出示影票并扫码，然后在终端的“闸机”页面按“已处理”（或执行 gate acknowledge <检票口>）。',
    ],
    'keys-old': [
      'The public keys came last {} hours ago',
      'Tickets of a new Ukey may not be readable. Look at the network and at the platform above.',
      '公钥已有 {} 小时未更新',
      '影院更换 Ukey 后，新票可能无法识别。请检查网络和上级平台。',
    ],
    'clock-off': [
      'Its clock is {} seconds off',
      'The times of checks are corrected by themselves. Have the clock kept by NTP.',
      '终端时间相差 {} 秒',
      '检票时间已自动校正。请打开系统的自动对时。',
    ],
    'records-refused': [
      '{} check records were refused by the platform',
      'They are tried again every hour. Have the administrator look at the reason (records parked).',
      '{} 条检票记录被平台拒收',
      '每小时自动重试。请管理员查看原因（records parked）。',
    ],
    'store-set-aside': [
      '{} damaged databases were set aside',
      'Records may be in them that were never reported. Have the administrator take them back (records salvage), and then move the files away.',
      '有 {} 个损坏的数据库已被移开',
      '其中可能有尚未上报的记录。请管理员执行 records salvage 取回，然后将文件移走。',
    ],
    'several-stores': [
      'Two terminals, or two databases, used its account within a day',
      'Unless the terminal was replaced, give the other one an account of its own.',
      '同一账号在一天内用于两台终端或两个数据库',
      '如果不是更换了终端，请为另一台终端新建账号。',
    ],
  }),
  ...advice('note', {
    stopped: [
      'It was stopped',
      'Start the agent again if it is still needed today.',
      '该终端已正常关闭',
      '如果今天还要使用，请重新启动检票程序。',
    ],
    'off-today': [
      'Nothing was heard of it today',
      'Switch it on and look at its network if it is needed today; revoke its account if it is out of use.',
      '今天尚未收到该终端的消息',
      '如果今天需要使用，请开机并检查网络；如果已停用，请吊销其账号。',
    ],
    'no-state': [
      'It tells no state',
      'It was never connected, or it is a foreign or an older terminal. Look at the terminal itself.',
      '该终端不上报状态',
      '可能尚未接入，或者是其他厂商或较早版本的终端。请在终端上查看其状态。',
    ],
  }),
} as const;

export type AdviceCode = keyof typeof ADVICE;

/** One thing that is wrong. `adviceWords` says what to do about it. */
export type Advice = {
  readonly code: AdviceCode;
  readonly severity: Severity;
  /** What it is about: names of devices, or a number with its unit in the words; empty where the code says it all. */
  readonly about: string;
};

export function adviceWords({ code, about }: Pick<Advice, 'code' | 'about'>, language: 'zh' | 'en') {
  const [wrong, todo, wrongZh, todoZh] = ADVICE[code].words;
  if (language === 'en') return { wrong: wrong.replace('{}', () => about), todo };
  const faults = deviceFaults(about, 'zh').replaceAll('; ', '；');
  const named = code === 'passed-unadmitted' ? faults.replaceAll(/: (\d+)/g, '：$1 人') : faults;
  return { wrong: wrongZh.replace('{}', () => named), todo: todoZh };
}

/** Advice as commands and consoles print it. */
export function adviceJson(one: Advice) {
  const [en, zh] = [adviceWords(one, 'en'), adviceWords(one, 'zh')];
  return {
    Code: one.code,
    Severity: one.severity,
    About: one.about,
    Wrong: en.wrong,
    Advice: en.todo,
    WrongZh: zh.wrong,
    AdviceZh: zh.todo,
  };
}

/** What the agent itself says of its devices, in the language of its log and its health; what a driver adds is in whatever words it has. */
const CHINESE: readonly (readonly [en: string, zh: string])[] = [
  ['it did not open: ', '未能打开，'],
  ['it could not be started: ', '未能启动，'],
  ['it could not be opened: ', '无法打开，'],
  ['it is not plugged in', '未插好或未通电，请检查连接线'],
  ['it was unplugged', '已被拔下，请重新插好，插好后会自动恢复'],
  ['another program has it open', '正被其他程序占用，请关闭该程序'],
  ['the agent may not open it: ', '检票程序没有权限打开，'],
  ['its user has to be in the group dialout', '请把其用户加入 dialout 组'],
  ['its user needs access to the device', '请授予其用户访问该设备的权限'],
  ['scanners of this kind need the system library libusb-1.0-0', '此类扫码枪需要系统库 libusb-1.0-0，请先安装'],
  ['it is not set to HID POS: scan that setting from its manual', '未设为 HID POS 模式，请扫描说明书上的相应设置码'],
  ['it could not be shut: ', '未能关闭，'],
  ['the port cannot be opened: ', '串口无法打开，'],
  ['the port was unplugged', '串口已断开'],
  ['the port is not open', '串口未打开'],
  ['the port takes no bytes', '串口无法写入'],
  ['the sensor cannot be read: ', '无法读取通行传感器，'],
  ['the board does not answer', '继电器板没有应答'],
  ['the board answers nonsense', '继电器板应答有误'],
  ['the board refuses the command', '继电器板拒绝了命令'],
  ['the door controller does not answer', '门禁控制器没有应答'],
  ['the door controller answers ', '门禁控制器应答 '],
  ['the door controller cannot be called: ', '无法连接门禁控制器，'],
  ['standard input has ended: no scanner types into it any more', '标准输入已结束，收不到扫码枪的输入'],
  ['standard input cannot be read any more', '标准输入已无法读取'],
  ['nobody reads standard output, where verdicts go', '标准输出已无人读取，检票结果无法显示'],
];

/** The faults of devices in a text, as a terminal tells them, in the language of a page. */
export function deviceFaults(text: string, language: 'zh' | 'en'): string {
  return language === 'en' ? text : CHINESE.reduce((told, [en, zh]) => told.replaceAll(en, zh), text);
}

/** A device as consoles show it. */
export const deviceJson = ({ name, driver, enabled, error, outOfOrderSeconds }: DeviceState) => ({
  Name: name,
  Driver: driver,
  Enabled: enabled,
  Error: error,
  ErrorZh: error === null ? null : deviceFaults(error, 'zh'),
  OutOfOrderSeconds: outOfOrderSeconds,
});
