/** Whether a URL holds a username or a password, which would appear in logs, in health and on screens. */
export function hasCredentials(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && (parsed.username !== '' || parsed.password !== '');
}

/** The same URL without them, fit to be shown; of a text that is no URL, nothing that could be a password. */
export function withoutCredentials(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.host === '') return url.replace(/^.*@/, '');
  if (!hasCredentials(url)) return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
