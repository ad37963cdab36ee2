type Table = ReadonlyMap<string, Buffer>;

let table: Table | undefined;

/** Two bytes for each character of GBK. Node decodes the encoding and does not print it. */
const gbkTable = (): Table => {
  const bytes: Buffer[] = [];
  for (let high = 0x81; high <= 0xfe; high += 1) {
    for (let low = 0x40; low <= 0xfe; low += 1) if (low !== 0x7f) bytes.push(Buffer.from([high, low]));
  }
  const decoder = new TextDecoder('gbk');
  const known = new Map<string, Buffer>();
  for (const pair of bytes) {
    const character = decoder.decode(pair);
    if (character.length === 1 && character !== '\ufffd' && !known.has(character)) known.set(character, pair);
  }
  return known;
};

/** Prints a text in GBK, with `?` for what it lacks. */
export const encodeGbk = (text: string): Buffer => {
  table ??= gbkTable();
  const known = table;
  const bytesOf = (character: string) =>
    /\p{ASCII}/u.test(character) ? Buffer.from(character) : (known.get(character) ?? Buffer.from('?'));
  return Buffer.concat([...text].map(bytesOf));
};
