import type { DeviceState } from '../messages/terminal-state.ts';

/** What the agent itself says of its devices, in the language of its log and its health; what a driver adds is in whatever words it has. */
const CHINESE: readonly (readonly [en: string, zh: string])[] = [
  ['it did not open: ', '未能打开，'],
  ['it could not be started: ', '未能启动，'],
  ['it could not be opened: ', '无法打开，'],
  ['it is not plugged in', '未插好或未通电，请检查连接线'],
  ['it was unplugged', '已被拔下，请重新插好，插好后会自动恢复'],
  ['another program has it open', '正被其他程序占用，请关闭该程序'],
  [
    'the agent may not open it: its user has to be in the group dialout',
    '检票程序没有权限打开，请把其用户加入 dialout 组',
  ],
  [
    'the agent may not open it: its user needs access to the device',
    '检票程序没有权限打开，请授予其用户访问该设备的权限',
  ],
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
