import { ProtocolError } from '@ticket-check/protocol';

const MINUTE_MS = 60_000;

/** How many requests, or requests of one kind, each account may make in a minute. */
export type RequestLimit = {
  /**
   * Counts a request of an account, identified by the bytes of its signature, and returns whether the same request was
   * counted in this minute already. `onFirstRefusal` is called once in each minute in which requests, or repeated ones, are
   * refused.
   * @throws ProtocolError OVERLOADED once the account has spent its minute, with `retryAfterSeconds` in the details.
   */
  spend(username: string, signature: Buffer, onFirstRefusal: (isRepeat: boolean) => void): boolean;
  /** Requests refused so far. */
  refused(): number;
  /** Accounts that were refused something in their current minute. */
  accounts(): number;
};

type Spent = {
  readonly endsAt: number;
  /** Four bytes of each signature. A collision only makes one request count as a repeated one. */
  readonly requests: Set<number>;
  repeats: number;
  readonly alarmed: Set<boolean>;
};

/**
 * Limits the requests of each account, in memory, so per process. Only requests whose signature was verified may be
 * counted, so that nobody else can use up an account's minute. Repetitions of a request within a minute, which anybody who
 * captured it can send, are counted separately, against the same number.
 *
 * @param what is limited, in the plural, for the text of the refusal
 */
export function createRequestLimit(perMinute: number, what = 'requests'): RequestLimit {
  const minutes = new Map<string, Spent>();
  let sweptAt = performance.now();
  let refused = 0;

  function minuteOf(username: string, now: number): Spent {
    const known = minutes.get(username);
    if (known !== undefined && now < known.endsAt) return known;
    if (now - sweptAt >= MINUTE_MS) {
      sweptAt = now;
      for (const [name, { endsAt }] of minutes) if (endsAt <= now) minutes.delete(name);
    }
    const begun: Spent = { endsAt: now + MINUTE_MS, requests: new Set(), repeats: 0, alarmed: new Set() };
    minutes.set(username, begun);
    return begun;
  }

  return {
    spend(username, signature, onFirstRefusal) {
      const now = performance.now();
      const minute = minuteOf(username, now);
      const id = signature.readInt32BE(0);
      const isRepeat = minute.requests.has(id);
      if (isRepeat && minute.repeats < perMinute) minute.repeats += 1;
      else if (!isRepeat && minute.requests.size < perMinute) minute.requests.add(id);
      else {
        refused += 1;
        if (!minute.alarmed.has(isRepeat)) onFirstRefusal(isRepeat);
        minute.alarmed.add(isRepeat);
        const retryAfterSeconds = Math.max(1, Math.ceil((minute.endsAt - now) / 1000));
        const message = isRepeat
          ? `More than ${perMinute} ${what} of this account were sent again in a minute; sign this one again.`
          : `This account sends more than ${perMinute} ${what} a minute; send this one again in ${retryAfterSeconds} s.`;
        throw new ProtocolError('OVERLOADED', message, { retryAfterSeconds });
      }
      return isRepeat;
    },
    refused: () => refused,
    accounts() {
      const now = performance.now();
      return [...minutes.values()].filter(({ endsAt, alarmed }) => alarmed.size > 0 && now < endsAt).length;
    },
  };
}
