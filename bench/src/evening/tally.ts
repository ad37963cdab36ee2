import { spreadOf } from '../command-line.ts';
import type { Connection } from '../load.ts';
import type { Prepared } from './requests.ts';

export type Figures = ReturnType<ReturnType<typeof createTally>['figures']>;

/** What an answer says that was given without the platform above. */
const ALONE = { claim: '"StateKnown":false', scan: '"Confirmed":false' };

export function createTally() {
  const startedAt = performance.now();
  const times: number[] = [];
  const claimTimes: number[] = [];
  const byCode = new Map<string, number>();
  let lastAt = startedAt;
  let claims = 0;
  let withoutState = 0;

  function count(code: string, more = 1): void {
    if (more > 0) byCode.set(code, (byCode.get(code) ?? 0) + more);
  }

  return {
    count,

    async ask(connection: Connection, { bytes, kind }: Prepared): Promise<boolean> {
      const since = performance.now();
      try {
        const { status, text } = await connection.ask(bytes);
        lastAt = performance.now();
        times.push(lastAt - since);
        count(codeOf(status, text));
        if (kind !== 'other') claimTimes.push(lastAt - since);
        if (kind !== 'other' && status === 200) {
          claims++;
          if (text.includes(ALONE[kind])) withoutState++;
        }
        return true;
      } catch {
        count('no answer');
        return false;
      }
    },

    figures: () => ({
      ...spreadOf(times),
      /** From the first request to the last answer. */
      answersASecond: times.length / ((lastAt - startedAt) / 1000),
      /** How many answers there were of each ErrorCode, and in other words what else became of requests. */
      byCode,
      /** How many of the answered claims did not say what the national platform knows, and of scans nobody confirmed; NaN without any. */
      withoutState: withoutState / claims,
      /** How long claims and scans took, for which guests wait at the gate. */
      claims: spreadOf(claimTimes),
    }),
  };
}

function codeOf(status: number, text: string): string {
  const [, code] = /"ErrorCode":"(\w+)"/.exec(text) ?? [];
  if (code !== undefined) return code;
  if (status !== 200) return `HTTP ${status}`;
  const [, verdict] = /"Verdict":"(\w+)"/.exec(text) ?? [];
  if (verdict !== undefined) return text.includes('"Confirmed":true') ? `${verdict} confirmed` : verdict;
  return text.includes('"Claimed":false') ? 'not claimed' : 'ok';
}
