import { Agent, request } from 'node:https';
import { json } from 'node:stream/consumers';
import { CA_FILE, type Site } from './site.ts';

/** A verdict as the terminal's `POST /scan` words it; what does not apply is missing. */
export interface ScanVerdict {
  Verdict: string;
  Message: string;
  RecordId?: string;
  /** For an ADMIT: whether no other terminal can have admitted the same ticket. */
  Confirmed?: boolean;
  RetryInSeconds?: number;
  /** Repeats the last answer: the same scanner read the same ticket twice. */
  Repeated?: true;
  ElapsedMs: number;
}

/**
 * Scans at the site's terminal, as a scanner with a network of its own would; at its first gate unless one is named. Reads
 * count as those of one scanner where that is named.
 */
export async function connectScanner(
  site: Site,
  { gate }: { gate?: string } = {},
): Promise<(text: string, scanner?: string) => Promise<ScanVerdict>> {
  const ca = await site.readFile('terminal-agent', CA_FILE);
  const token = (await site.readFile('terminal-agent', 'scan.token')).trim();
  const url = `${site.urlOf('terminal-agent')}/scan`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const agent = new Agent({ ca, keepAlive: true });
  return (text, scanner) =>
    new Promise((resolve, reject) => {
      request(url, { method: 'POST', headers, agent }, (response) => {
        json(response).then((answer) => {
          if (response.statusCode === 200) resolve(answer as ScanVerdict);
          else reject(new Error(`the terminal answered ${response.statusCode}: ${JSON.stringify(answer)}`));
        }, reject);
      })
        .once('error', reject)
        .end(JSON.stringify({ Text: text, Gate: gate, Scanner: scanner }));
    });
}
