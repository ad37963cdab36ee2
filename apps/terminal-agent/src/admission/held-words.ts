type Words = { readonly zh: string; readonly en: string };

type Place = { readonly terminal?: string | undefined; readonly gate?: string | undefined };

/** Names a terminal and its gate; without a terminal it is a gate of this one. Empty if neither is known. */
export function placeWords({ terminal, gate }: Place): Words {
  if (gate === undefined || terminal === gate) return { zh: terminal ?? '', en: terminal ?? '' };
  if (terminal === undefined) return { zh: gate, en: `gate ${gate}` };
  return { zh: `${terminal}（${gate}）`, en: `${terminal}, gate ${gate}` };
}

/** Says who holds a ticket that is claimed and has no record. */
export function heldWords(by: Place): Words {
  const { zh, en } = placeWords(by);
  if (zh === '') return { zh: '正被其他检票口占用', en: 'Held by another gate' };
  return { zh: `正由 ${zh}${/[!-~]$/.test(zh) ? ' ' : ''}占用`, en: `Held by ${en}` };
}
