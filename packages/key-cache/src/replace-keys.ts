import { type CinemaKey, MAX_KEYS, MAX_KEYS_EVER, type PublicKeysReply } from '@ticket-check/protocol';

type FetchedKeys = Pick<PublicKeysReply, 'keys' | 'unusable' | 'beyondLimit'>;

type HeldKeys = { current: readonly CinemaKey[]; ever: readonly CinemaKey[] };

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
  const { beyondLimit } = fetched;
  const beyond = withoutRepeats([...old.ever, ...keys]).length - MAX_KEYS_EVER;
  const alarms = [
    unusable,
    keys.length < old.current.length &&
      `the reply held ${keys.length} usable keys, the one before ${old.current.length}`,
    beyondLimit > 0 &&
      `the reply held more than ${MAX_KEYS} keys; the ${beyondLimit} with the earliest StartTime were left out`,
    beyond > 0 &&
      `the cinema has had more than ${MAX_KEYS_EVER} keys; the ${beyond} with the earliest StartTime that are not in use are forgotten, and records under them are no longer judged genuine`,
  ];
  return { kind: 'replace', keys, alarm: alarms.filter(Boolean).join('; ') || null };
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
