/** The first syllable of each initial in the order of pinyin. No syllable begins with i, u or v. */
const FIRST = [...'阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥仨他穵夕丫帀'];
const INITIALS = [...'abcdefghjklmnopqrstwxyz'];

const inPinyin = new Intl.Collator('zh-u-co-pinyin');

/** Each name is looked at with each letter that somebody types. */
const known = new Map<string, string>();

/** The letters that people type for a name: of a Chinese character the initial of its pinyin, `xhyc` for 星河影城. */
export function initialsOf(name: string): string {
  const initials = known.get(name) ?? readInitials(name);
  known.set(name, initials);
  return initials;
}

function readInitials(name: string): string {
  return [...name.toLowerCase()]
    .map((one) => {
      if (!/\p{Script=Han}/u.test(one)) return /[a-z0-9]/.test(one) ? one : '';
      const next = FIRST.findIndex((first) => inPinyin.compare(one, first) < 0);
      return INITIALS[(next < 0 ? INITIALS.length : next) - 1] ?? '';
    })
    .join('');
}
