import { REPLY_BOUNDS } from './reply-bounds.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_CHARACTERS = /[\0-\x1f\x7f]/g;

/**
 * Cuts and cleans foreign text for use in a message: short, because a stranger must not decide how long replies, logs and
 * stored values become, and without characters that a log or a store cannot hold.
 */
export const quoted = (text: string, max: number = REPLY_BOUNDS.messageCharacters): string => {
  const short = text.length > max ? `${text.slice(0, max)}…` : text;
  return short.replace(CONTROL_CHARACTERS, ' ').toWellFormed();
};
