import { REPLY_BOUNDS } from './reply-bounds.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_CHARACTERS = /[\0-\x1f\x7f]/g;

/**
 * What somebody else wrote, fit to stand in a message: short, because replies, logs and stores must not grow as long as
 * a stranger likes, and without characters that a log or a store cannot hold.
 */
export const quoted = (text: string, max: number = REPLY_BOUNDS.messageCharacters): string => {
  const short = text.length > max ? `${text.slice(0, max)}…` : text;
  return short.replace(CONTROL_CHARACTERS, ' ').toWellFormed();
};
