import type { Chance } from './random.ts';

const MAX_EDITS = 3;

/** What parsers stumble over: syntax, escapes, numbers at their limits, text that is not what it looks like. */
const FRAGMENTS = [
  ...'{}[],:"\\/+-=_.eE019 \n\r\t\0',
  '\\"',
  '\\u0000',
  '\\ud800',
  '\\u0041',
  '\ufeff',
  '\u2028',
  '\u00a0',
  '１２',
  '票',
  '😀',
  'e\u0301',
  '\u202e',
  '==',
  '""',
  '{}',
  '[]',
  'null',
  'true',
  '-0',
  '1e400',
  '-1e400',
  '9007199254740993',
  '0.1',
  '1.0',
  '45.005',
  'NaN',
  'Infinity',
  '"__proto__":1,',
  '"constructor":{},',
  ',"Username":"x"',
  ',"Api":"GetTicketInfo"',
  ',"QueryData":{}',
  '"Price":1,',
  'Get',
  'Import',
  ']Q1',
  '\\000026',
  '-----BEGIN PUBLIC KEY-----',
  '|010001',
];

/** One to three edits of a text: characters changed, left out, doubled, moved, put in, cut off, taken from another text. */
export function mutateText(text: string, others: readonly string[], chance: Chance): string {
  let result = text;
  for (let edits = 1 + chance.below(MAX_EDITS); edits > 0; edits--) result = edited(result, others, chance);
  return result;
}

function edited(text: string, others: readonly string[], chance: Chance): string {
  const at = chance.below(text.length + 1);
  const length = chance.oneIn(4) ? chance.below(text.length + 1) : 1 + chance.below(4);
  const before = text.slice(0, at);
  const after = text.slice(at + length);
  switch (chance.below(10)) {
    case 0:
      return before + String.fromCharCode(chance.below(128)) + text.slice(at + 1);
    case 1:
      return before + String.fromCharCode(text.charCodeAt(at) ^ (1 << chance.below(8))) + text.slice(at + 1);
    case 2:
      return before + after;
    case 3:
      return before + text.slice(at, at + length).repeat(2 + chance.below(3)) + after;
    case 4:
      return before + chance.pick(FRAGMENTS) + text.slice(at);
    case 5:
      return before + chance.pick(FRAGMENTS) + after;
    case 6:
      return before;
    case 7: {
      const other = chance.pick(others);
      return before + other.slice(chance.oneIn(2) ? at : chance.below(other.length + 1));
    }
    case 8:
      return before + swappedCase(text.slice(at, at + length)) + after;
    default: {
      const to = chance.below(after.length + 1);
      return before + after.slice(0, to) + text.slice(at, at + length) + after.slice(to);
    }
  }
}

const swappedCase = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));

/** The bytes of a text, now and then with some that are not UTF-8. */
export function bytesOf(text: string, chance: Chance): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 0 && chance.oneIn(8)) bytes[chance.below(bytes.length)] = 128 + chance.below(128);
  return bytes;
}
