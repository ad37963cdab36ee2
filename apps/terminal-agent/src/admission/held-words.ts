type Words = { readonly zh: string; readonly en: string };

type Place = { readonly terminal?: string | undefined; readonly gate?: string | undefined };

/** A terminal and its gate as a sentence names them; without a terminal it is a gate of this one. Empty where neither is known. */
export function placeWords({ terminal, gate }: Place): Words {
  if (gate === undefined || terminal === gate) return { zh: terminal ?? '', en: terminal ?? '' };
  if (terminal === undefined) return { zh: gate, en: `gate ${gate}` };
  return { zh: `${terminal}（${gate}）`, en: `${terminal}, gate ${gate}` };
}

/** Of a ticket that is claimed and has no record: who holds it. */
export function heldWords(by: Place): Words {
  const { zh, en } = placeWords(by);
  if (zh === '') return { zh: '正被其他检票口占用', en: 'Held by another gate' };
  return { zh: `正由 ${zh}${/[!-~]$/.test(zh) ? ' ' : ''}占用`, en: `Held by ${en}` };
}
