import { heldWords, placeWords } from './held-words.ts';
import type { FirstEntry } from './rules.ts';

/** Tells staff which entry, or which other terminal's claim, a ticket was refused for. */
export function firstWords(first: FirstEntry, language: 'zh' | 'en'): string {
  const at = first.checkTime.replace('T', ' ');
  if (first.unrecorded !== true) return `${at} ${placeWords(first)[language]}`.trim();
  const held = heldWords(first)[language];
  const onPlatform = first.claimUrl === undefined;
  if (language === 'en') {
    return `${held} since ${at}, no entry recorded${onPlatform ? '; the platform’s page Open claims releases it' : ''}`;
  }
  return `${at} 起${held}，尚无入场记录${onPlatform ? '；可在平台控制台“未归还的占票”页归还' : ''}`;
}
