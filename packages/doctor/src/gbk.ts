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

const FIRST_SUPPLEMENTARY = 189_000;

/** Four bytes of GB18030 by their number among all of them. */
const fourBytes = (number: number): Buffer =>
  Buffer.from([
    0x81 + Math.floor(number / 12_600),
    0x30 + (Math.floor(number / 1260) % 10),
    0x81 + (Math.floor(number / 10) % 126),
    0x30 + (number % 10),
  ]);

/** Prints a text in GBK with `?` for what it lacks, or in GB18030, which lacks nothing beyond the basic plane. */
export const encodeGbk = (text: string, kind: 'gbk' | 'gb18030' = 'gbk'): Buffer => {
  table ??= gbkTable();
  const known = table;
  const parts = [...text].map((character) => {
    const point = character.codePointAt(0) ?? 0;
    if (point < 0x80) return Buffer.from([point]);
    const pair = known.get(character);
    if (pair !== undefined) return pair;
    return kind === 'gb18030' && point > 0xffff ? fourBytes(FIRST_SUPPLEMENTARY + point - 0x10000) : Buffer.from('?');
  });
  return Buffer.concat(parts);
};
