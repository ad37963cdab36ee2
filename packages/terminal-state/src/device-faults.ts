import type { DeviceState } from '@ticket-check/protocol';

/** What the agent itself says of its devices, in the language of its log and its health; what a driver adds is in whatever words it has. */
const CHINESE: readonly (readonly [en: string, zh: string])[] = [
  ['it did not open: ', '未能打开，'],
  ['it could not be started: ', '未能启动，'],
  ['standard input has ended: no scanner types into it any more', '标准输入已结束，收不到扫码枪的输入'],
  ['standard input cannot be read any more', '标准输入已无法读取'],
  ['nobody reads standard output, where verdicts go', '标准输出已无人读取，检票结果无法显示'],
];

/** The faults of devices in a text, as a terminal tells them, in the language of a page. */
export function deviceFaults(text: string, language: 'zh' | 'en'): string {
  return language === 'en' ? text : CHINESE.reduce((told, [en, zh]) => told.replaceAll(en, zh), text);
}

/** A device as consoles tell of it. */
export const deviceJson = ({ name, driver, enabled, error }: DeviceState) => ({
  Name: name,
  Driver: driver,
  Enabled: enabled,
  Error: error,
  ErrorZh: error === null ? null : deviceFaults(error, 'zh'),
});
