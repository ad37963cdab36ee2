/** The first syllable of each initial in the order of pinyin. No syllable begins with i, u or v. */
const FIRST = [...'阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥仨他穵夕丫帀'];
const INITIALS = [...'abcdefghjklmnopqrstwxyz'];

const inPinyin = new Intl.Collator('zh-u-co-pinyin');

/** Thousands of names have some two thousand characters. */
const known = new Map<string, string>();

/** What a thing is found by: its name, its code and the initials of its pinyin, in small letters. */
export const foundBy = ({ name, code }: { name: string; code: string }): string =>
  `${name} ${code} ${initialsOf(name)}`.toLowerCase();

/** The letters that people type for a name: of a Chinese character the initial of its pinyin, `xhyc` for 星河影城. */
export function initialsOf(name: string): string {
  return [...name.toLowerCase()].map(initialOf).join('');
}

function initialOf(character: string): string {
  const initial = known.get(character) ?? readInitial(character);
  known.set(character, initial);
  return initial;
}

function readInitial(character: string): string {
  if (!/\p{Script=Han}/u.test(character)) return /[a-z0-9]/.test(character) ? character : '';
  const next = FIRST.findIndex((first) => inPinyin.compare(character, first) < 0);
  return INITIALS[(next < 0 ? INITIALS.length : next) - 1] ?? '';
}
