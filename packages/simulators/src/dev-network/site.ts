import type { Role } from './addresses.ts';

/** The CA certificate of a service that issued its own certificate, under its data directory. */
export const CA_FILE = 'tls/ca.pem';

/**
 * Three running services as an operator and a guest see them: Urls, their commands, and the files that a
 * terminal's staff are handed. Whether they are processes or containers is the site's own business.
 */
export interface Site {
  urlOf(role: Role): string;
  /** The URL of `/health` and `/metrics`. */
  consoleUrlOf(role: Role): string;
  /** Runs a command of the service where its data is; resolves to standard output, rejects with what it said on failure. */
  command(role: Role, args: readonly string[], input?: string): Promise<string>;
  /** A file under the service's data directory, such as its CA certificate. */
  readFile(role: Role, path: string): Promise<string>;
}
