import {
  createPasskeys,
  createSecondFactors,
  type OperationTables,
  type OperatorTables,
  type Role,
  rpIdOf,
  totpUri,
  tryOperation,
} from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { InEachLanguage } from '../language.ts';
import { operationBy, type PageRequest } from '../page.ts';
import { PageError } from '../sent-texts.ts';

type By = Pick<PageRequest, 'session' | 'operator' | 'language' | 'address' | 'host'>;

export type OwnSecondFactor = ReturnType<typeof createOwnSecondFactor>;

const LONGEST_NAME = 64;

/** Sets up and removes what an operator's own logins are confirmed with. Scheme 5.3.2.1; reading S4. */
export function createOwnSecondFactor(options: {
  store: Store<OperatorTables & OperationTables>;
  now: Clock;
  site: InEachLanguage;
  secondFactorRoles: readonly Role[];
}) {
  const { store, now, site, secondFactorRoles } = options;
  const passkeys = createPasskeys(store, now);
  const isDemanded = ({ operator }: Pick<By, 'operator'>) => secondFactorRoles.includes(operator.role);
  const operation = (by: By, name: string, what = {}) =>
    operationBy(by, now, name, { username: by.operator.username, ...what });

  async function state(username: string) {
    const { totpSince, recoveryCodes } = await createSecondFactors(store, now).state(username);
    return { totpSince, recoveryCodes, passkeys: await passkeys.list(username) };
  }

  /** Whether the operator's role needs a second factor, and they have no other one. */
  async function isLast(by: By): Promise<boolean> {
    if (!isDemanded(by)) return false;
    const has = await state(by.operator.username);
    return (has.totpSince === null ? 0 : 1) + has.passkeys.length <= 1;
  }

  return {
    state,
    /** Whether the set-up is part of the login, because the operator's role needs it. */
    isFirst: (by: By) => isDemanded(by) && !by.operator.hasSecondFactor,
    /** The QR symbol of a key for an authenticator app. One person may have accounts at several consoles. */
    async symbolOf({ operator, language, host }: By, secret: string) {
      const uri = await totpUri({ secret, issuer: site[language], label: `${operator.username}@${host}` });
      // Services start sooner without it.
      const { qrSymbol } = await import('../qr-symbol.ts');
      return qrSymbol(uri);
    },
    /** Sets up an authenticator app; null if the code is wrong. */
    setUpApp: (by: By, { secret, code }: { secret: string; code: string }) =>
      tryOperation(
        store,
        operation(by, 'operator set-up-second-factor', { kind: 'totp' }),
        (within) =>
          createSecondFactors(within, now).setUpTotp(by.operator.username, {
            ...{ secret, code: code.replaceAll(/\s/g, ''), session: by.session.tokenHash },
          }),
        ({ sessionsEnded }) => ({ sessionsEnded }),
      ),
    /** Replaces the recovery codes; null without a second factor. */
    renewCodes: (by: By) =>
      tryOperation(store, operation(by, 'operator make-recovery-codes'), (within) =>
        createSecondFactors(within, now).makeRecoveryCodes(by.operator.username, by.session.tokenHash),
      ),
    /** The options with which a browser makes a passkey. */
    offerPasskey: ({ operator, session, host, language }: By) =>
      passkeys.offer(operator.username, { session: session.tokenHash, host, site: site[language] }),
    /** Adds a passkey that the browser made; null if it does not fit the offer. */
    addPasskey: (by: By, made: { name: string; credential: string }) =>
      tryOperation(
        store,
        operation(by, 'operator set-up-second-factor', { kind: 'passkey', name: made.name }),
        (within) =>
          createPasskeys(within, now).add(by.operator.username, {
            ...{ ...made, session: by.session.tokenHash, host: by.host },
          }),
        ({ sessionsEnded }) => ({ sessionsEnded }),
      ),
    /**
     * Removes the authenticator app, or the passkey of an ID. One that is gone meanwhile is no error. Returns false if it is the
     * last one of somebody who needs one.
     */
    async remove(by: By, id: string | null): Promise<boolean> {
      const { username } = by.operator;
      if (await isLast(by)) return false;
      const demanded = { isDemanded: isDemanded(by) };
      const passkey = id === null ? null : (await passkeys.list(username)).find((known) => known.id === id);
      if (passkey === undefined) throw new PageError('not-found');
      const what = passkey === null ? { kind: 'totp' } : { kind: 'passkey', name: passkey.name };
      const removed = await tryOperation(
        store,
        operation(by, 'operator remove-second-factor', what),
        async (within) => {
          const isRemoved =
            passkey === null
              ? await createSecondFactors(within, now).removeTotp(username, demanded)
              : await createPasskeys(within, now).remove(username, { id: passkey.id, ...demanded });
          return isRemoved || null;
        },
      );
      // Another one may have gone at the same time.
      return removed !== null || !(await isLast(by));
    },
  };
}

/** The name that an operator gives a passkey; null if it says nothing, or is too long. */
export function passkeyName(text: string): string | null {
  const name = text.trim().replaceAll(/\s+/g, ' ');
  return name === '' || name.length > LONGEST_NAME ? null : name;
}

/** Whether browsers make passkeys for a host. */
export const takesPasskeys = (host: string): boolean => rpIdOf(host) !== null;
