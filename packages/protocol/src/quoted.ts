const MAX_CHARACTERS = 200;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_CHARACTERS = /[\0-\x1f\x7f]/g;

/**
 * What somebody else wrote, fit to stand in a message: short, because replies, logs and stores must not grow as long as
 * a stranger likes, and without characters that a log or a store cannot hold.
 */
export const quoted = (text: string): string => {
  const short = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
  return short.replace(CONTROL_CHARACTERS, ' ').toWellFormed();
};
