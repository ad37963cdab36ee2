type Words = { readonly zh: string; readonly en: string };

type Place = { readonly terminal?: string | undefined; readonly gate?: string | undefined };

/** Names a terminal and its gate; without a terminal it is a gate of this one. Empty if neither is known. */
export function placeWords({ terminal, gate }: Place): Words {
  if (gate === undefined || terminal === gate) return { zh: terminal ?? '', en: terminal ?? '' };
  if (terminal === undefined) return { zh: gate, en: `gate ${gate}` };
  return { zh: `${terminal}（${gate}）`, en: `${terminal}, gate ${gate}` };
}

export function heldWords(by: Place): Words {
  const { zh, en } = placeWords(by);
  if (zh === '') return { zh: '正被其他检票口占用', en: 'Held by another gate' };
  return { zh: `正由 ${zh}${/[!-~]$/.test(zh) ? ' ' : ''}占用`, en: `Held by ${en}` };
}

type First = Place & {
  readonly checkTime: string;
  readonly unrecorded?: true | undefined;
  readonly claimUrl?: string | undefined;
};

/** Tells staff which entry, or which other terminal's claim, a ticket was refused for. */
function firstWords(first: First, language: 'zh' | 'en'): string {
  const at = first.checkTime.replace('T', ' ');
  if (first.unrecorded !== true) return `${at} ${placeWords(first)[language]}`.trim();
  const held = heldWords(first)[language];
  const onPlatform = first.claimUrl === undefined;
  if (language === 'en') {
    return `${held} since ${at}, no entry recorded${onPlatform ? '; the platform’s page Open claims releases it' : ''}`;
  }
  return `${at} 起${held}，尚无入场记录${onPlatform ? '；可在平台控制台“未归还的占票”页归还' : ''}`;
}

export function firstJson(first: First) {
  const held = first.unrecorded === true ? heldWords(first) : null;
  return {
    ...{ CheckTime: first.checkTime, Words: firstWords(first, 'en'), WordsZh: firstWords(first, 'zh') },
    ...(held !== null && { Held: held.en, HeldZh: held.zh }),
    ...(first.claimUrl !== undefined && { ClaimUrl: first.claimUrl }),
  };
}
