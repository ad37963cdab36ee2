let table: ReadonlyMap<string, Buffer> | undefined;

/** Two bytes for each character of GBK. Node decodes the encoding and does not print it. */
const gbkTable = (): ReadonlyMap<string, Buffer> => {
  const decoder = new TextDecoder('gbk');
  const known = new Map<string, Buffer>();
  for (let high = 0x81; high <= 0xfe; high += 1) {
    for (let low = 0x40; low <= 0xfe; low += 1) {
      const pair = Buffer.from([high, low]);
      const character = decoder.decode(pair);
      if (character.length === 1 && character !== '\ufffd' && !known.has(character)) known.set(character, pair);
    }
  }
  return known;
};

/** Prints a text in GBK, with `?` for what it lacks. */
export const encodeGbk = (text: string): Buffer => {
  table ??= gbkTable();
  const known = table;
  const bytesOf = (character: string) => Buffer.from(/\p{ASCII}/u.test(character) ? character : '?');
  return Buffer.concat([...text].map((character) => known.get(character) ?? bytesOf(character)));
};
