const PER_ROW = 16;

/** Formats bytes as rows of 16, in hexadecimal and as printable characters. */
export function byteRows(bytes: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(bytes.length / PER_ROW) }, (_, row) => {
    const some = [...bytes.subarray(row * PER_ROW, (row + 1) * PER_ROW)];
    const hex = some.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = some.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    return `${hex.padEnd(PER_ROW * 3 - 1)}  ${text}`;
  });
}
