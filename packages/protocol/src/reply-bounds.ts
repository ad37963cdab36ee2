/** The most of a reply of the platform above that is used. One with more rows is refused and requested again later; texts are cut. */
export const REPLY_BOUNDS = {
  /** Characters of an ErrorCode or an ErrorMessage. */
  messageCharacters: 200,
  /** Characters of a status word outside the scheme, which is shown at the gate. */
  wordCharacters: 32,
  /** Extensions in the header, and characters of one. */
  extensions: 64,
  extensionCharacters: 64,
  /** Changes, records, rejected or quarantined records in a reply. */
  rows: 1000,
  /** Characters of the place where the next page begins. */
  cursorCharacters: 512,
  /** Pages of changes that are read before others have their turn again. */
  pagesARun: 500,
  /** Changes of tickets that are kept for each cinema of the caller, and where it is bound to none. */
  changesACinema: 100_000,
  changesOfAll: 1_000_000,
  /** Days that a session of a kept change may be away. */
  sessionDays: 366,
  recordsAnHour: 100_000,
  /** Keys of e-tickets, and characters of their host. */
  eTicketKeys: 64,
  hostCharacters: 253,
} as const;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_CHARACTERS = /[\0-\x1f\x7f]/g;

/** Cuts foreign text, so that no stranger decides how long replies, logs and stored values become, and cleans it for them. */
export const quoted = (text: string, max: number = REPLY_BOUNDS.messageCharacters): string => {
  const short = text.length > max ? `${text.slice(0, max)}…` : text;
  return short.replace(CONTROL_CHARACTERS, ' ').toWellFormed();
};
