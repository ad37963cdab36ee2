/** What JSON does not escape and can make a line look like another: C1 controls, DEL, bidirectional marks, separators, BOM. */
const MISLEADING = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f]/g;

/** A line of JSON in which misleading characters are written as `\uXXXX`; it means the same. */
export function escapeInJson(line: string): string {
  return line.replace(MISLEADING, escaped);
}

/** A text for people in which controls, except tab and newline, and misleading characters are written as `\uXXXX`. */
export function escapeInText(text: string): string {
  return escapeInJson(text).replace(CONTROLS, escaped);
}

/** Escapes a text for HTML and XML, between tags and in quoted attributes. */
export function escapeInMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
