const MOST_CHARACTERS = 200;

/**
 * What somebody else wrote, short enough to stand in a message: replies, logs and stores take messages as they are, and
 * must not grow as long as a stranger likes.
 */
export const quoted = (text: string): string =>
  text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
