const SERVICES = ['national-platform', 'third-party-platform', 'terminal-agent'];

/** The cookies that a session has, at whichever console it is. */
export const sessionCookies = (token: string): { name: string; value: string }[] =>
  SERVICES.map((service) => ({ name: `__Host-session-${service}`, value: token }));
