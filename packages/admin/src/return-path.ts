const LONGEST = 1024;

/**
 * The path to return to after logging in: a path of this console with its query. Anything that would lead to another host
 * gives `/`.
 */
export function parseReturnPath(text: string | undefined): string {
  // A browser reads `//host` and `/\host` as another host, and leaves out tabs and line breaks while it does.
  if (text === undefined || text.length > LONGEST || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return '/';
  const here = 'https://console.invalid';
  if (!URL.canParse(text, here)) return '/';
  const { origin, pathname, search } = new URL(text, here);
  return origin === here && !pathname.startsWith('//') ? `${pathname}${search}` : '/';
}

/** A path with a return path as its query. */
export function withReturn(path: string, returnPath: string): string {
  const join = path.includes('?') ? '&' : '?';
  return returnPath === '/' ? path : `${path}${join}${new URLSearchParams({ return: returnPath })}`;
}
