import { type CinemaKey, MAX_KEYS, MAX_KEYS_EVER } from '@ticket-check/protocol';

export type FetchedKeys = {
  keys: readonly CinemaKey[];
  unusable: readonly { index: number; errorCode: string; errorMessage: string }[];
  beyondLimit: number;
};

export type HeldKeys = { current: readonly CinemaKey[]; ever: readonly CinemaKey[] };

/** The changes that a fetched set causes; `alarm` is a sentence for the operator of the service, null if nothing is odd. */
export type KeyReplacement =
  | { kind: 'replace'; keys: CinemaKey[]; alarm: string | null }
  | { kind: 'keep'; alarm: string };

/** Decides what a fetched set does to the cached one: a usable key replaces all, also by fewer. Scheme 5.1.5; reading K3. */
export function replaceKeys(old: HeldKeys, fetched: FetchedKeys): KeyReplacement {
  const keys = withoutRepeats(fetched.keys);
  const unusable = describeUnusable(fetched);
  if (keys.length === 0) {
    return { kind: 'keep', alarm: unusable ?? 'the reply held no keys; the cached ones stay in use' };
  }
  const alarms = unusable === null ? [] : [unusable];
  if (keys.length < old.current.length)
    alarms.push(`the reply held ${keys.length} usable keys, the one before ${old.current.length}`);
  if (fetched.beyondLimit > 0)
    alarms.push(
      `the reply held more than ${MAX_KEYS} keys; the ${fetched.beyondLimit} with the earliest StartTime were left out`,
    );
  const beyond = withoutRepeats([...old.ever, ...keys]).length - MAX_KEYS_EVER;
  if (beyond > 0)
    alarms.push(
      `the cinema has had more than ${MAX_KEYS_EVER} keys; the ${beyond} with the earliest StartTime that are not in use are forgotten, and records under them are no longer judged genuine`,
    );
  return { kind: 'replace', keys, alarm: alarms.length === 0 ? null : alarms.join('; ') };
}

export function sameKeys(one: readonly CinemaKey[], other: readonly CinemaKey[]): boolean {
  const names = new Set(one.map(keyName));
  return names.size === other.length && other.every((key) => names.has(keyName(key)));
}

function keyName(key: CinemaKey): string {
  return `${key.startTime} ${key.fingerprint}`;
}

function withoutRepeats(keys: readonly CinemaKey[]): CinemaKey[] {
  return [...new Map(keys.map((key) => [keyName(key), key])).values()];
}

function describeUnusable({ keys, unusable }: FetchedKeys): string | null {
  const [first] = unusable;
  if (first === undefined) return null;
  const total = keys.length + unusable.length;
  return `${unusable.length} of ${total} keys in the reply cannot be used: number ${first.index + 1}, ${first.errorCode}: ${first.errorMessage}`;
}
