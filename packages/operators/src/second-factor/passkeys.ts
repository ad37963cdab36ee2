import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import { lockOperatorIn } from '../people/locks.ts';
import { endSessionsOf } from '../people/operator.ts';
import type { OperatorTables } from '../people/tables.ts';
import { countRecoveryCodes, renewRecoveryCodes } from './codes.ts';

const CHALLENGE_MS = 10 * 60_000;
export const MAX_PASSKEYS = 10;
/** EdDSA, ES256 and RS256, as COSE numbers them: what devices have. */
const ALGORITHMS = [-8, -7, -257];
/** A command, which asks for no passkey, starts in less time without it. */
const loadWebAuthn = () => import('@simplewebauthn/server');

type Made = { session: string; host: string; name: string; credential: string };

/** The host name that passkeys of a console are bound to; null if it is an address, for which browsers make none. */
export function rpIdOf(host: string): string | null {
  const { hostname = '' } = URL.parse(`https://${host}`) ?? {};
  return hostname !== '' && isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : null;
}

const originOf = (host: string): string => new URL(`https://${host}`).origin;

/** The passkeys of operators. What changes something is run as an operation (`runOperation`). Reading S4. */
export function createPasskeys(store: Store<OperatorTables>, now: () => number) {
  async function keepChallenge(owner: string, challenge: string): Promise<void> {
    const kept = { challenge, madeAt: now() };
    await store.db
      .insertInto('operatorChallenge')
      .values({ owner, ...kept })
      .onConflict((conflict) => conflict.column('owner').doUpdateSet(kept))
      .execute();
  }

  /**
   * A challenge lets in, or adds a passkey, once: it is taken in the same transaction. A refusal changes nothing, so that it leaves
   * the challenge too, until the page asks with another; what was refused is refused again.
   */
  async function takeChallenge(owner: string): Promise<string | null> {
    const [taken] = await store.db
      .deleteFrom('operatorChallenge')
      .where('owner', '=', owner)
      .returning(['challenge', 'madeAt'])
      .execute();
    return taken !== undefined && now() - taken.madeAt < CHALLENGE_MS ? taken.challenge : null;
  }

  const passkeysOf = (username: string, db: Kysely<OperatorTables> = store.db) =>
    db.selectFrom('operatorPasskey').selectAll().where('username', '=', username).orderBy('addedAt').execute();

  return {
    list: (username: string) => passkeysOf(username),
    /** The options with which a browser makes a passkey for a session; it has to be added within ten minutes. */
    async offer(username: string, { session, host, site }: { session: string; host: string; site: string }) {
      const { generateRegistrationOptions } = await loadWebAuthn();
      const options = await generateRegistrationOptions({
        rpName: site,
        rpID: rpIdOf(host) ?? '',
        userName: username,
        // The same for the same operator, so that a device makes one passkey for them.
        userID: new Uint8Array(createHash('sha256').update(username).digest()),
        excludeCredentials: (await passkeysOf(username)).map(credentialNamed),
        supportedAlgorithmIDs: ALGORITHMS,
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
      });
      await keepChallenge(session, options.challenge);
      return options;
    },
    /** Adds what the browser made and ends other sessions; with the first come recovery codes. Null if it does not fit. */
    async add(username: string, { session, host, name, credential }: Made) {
      const expectedRPID = rpIdOf(host);
      if (expectedRPID === null) return null;
      const response = parse<RegistrationResponseJSON>(credential);
      const expectedChallenge = await takeChallenge(session);
      if (response === null || expectedChallenge === null) return null;
      const { verifyRegistrationResponse } = await loadWebAuthn();
      const origin = originOf(host);
      const verified = await verifyRegistrationResponse({
        response,
        expectedChallenge,
        expectedOrigin: origin,
        expectedRPID,
        requireUserVerification: false,
        supportedAlgorithmIDs: ALGORITHMS,
      }).catch(() => null);
      if (verified === null || !verified.verified) return null;
      const { id, publicKey, counter, transports = [] } = verified.registrationInfo.credential;
      return store.transaction(async (db) => {
        if (!(await lockOperatorIn(store, db, { username, session }))) return null;
        const known = await passkeysOf(username, db);
        if (known.length >= MAX_PASSKEYS) return null;
        const added = await db
          .insertInto('operatorPasskey')
          .values({
            id,
            username,
            name,
            origin,
            counter,
            usedAt: null,
            addedAt: wallClockAt(now()),
            publicKey: Buffer.from(publicKey).toString('base64url'),
            transports: JSON.stringify(transports),
          })
          .onConflict((conflict) => conflict.doNothing())
          .returning('id')
          .execute();
        if (added.length === 0) return null;
        const isFirst = (await countRecoveryCodes(db, username)) === 0;
        return {
          recoveryCodes: isFirst ? await renewRecoveryCodes(db, username) : null,
          sessionsEnded: await endSessionsOf(db, username, { except: session }),
        };
      });
    },
    /** The options with which a browser asks for one of the operator's passkeys; null without one for the origin of this host. */
    async ask(username: string, { step, host }: { step: string; host: string }) {
      const rpId = rpIdOf(host);
      const passkeys = (await passkeysOf(username)).filter(({ origin }) => rpId !== null && origin === originOf(host));
      if (rpId === null || passkeys.length === 0) return null;
      const { generateAuthenticationOptions } = await loadWebAuthn();
      const options = await generateAuthenticationOptions({
        rpID: rpId,
        allowCredentials: passkeys.map(credentialNamed),
        userVerification: 'preferred',
      });
      await keepChallenge(step, options.challenge);
      return options;
    },
    /** Whether the browser showed one of the operator's passkeys, for what it was asked. */
    async use(username: string, { step, credential }: { step: string; credential: string }) {
      const response = parse<AuthenticationResponseJSON>(credential);
      const expectedChallenge = await takeChallenge(step);
      if (response === null || expectedChallenge === null) return false;
      const passkey = (await passkeysOf(username)).find(({ id }) => id === response.id);
      if (passkey === undefined) return false;
      const { verifyAuthenticationResponse } = await loadWebAuthn();
      const { id, origin, counter } = passkey;
      const verified = await verifyAuthenticationResponse({
        response,
        expectedChallenge,
        expectedOrigin: origin,
        expectedRPID: new URL(origin).hostname,
        credential: { id, counter, publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')) },
        requireUserVerification: false,
      }).catch(() => null);
      if (verified === null || !verified.verified) return false;
      const used = { counter: verified.authenticationInfo.newCounter, usedAt: wallClockAt(now()) };
      const marked = await store.db
        .updateTable('operatorPasskey')
        .set(used)
        .where('id', '=', id)
        .where('counter', '=', counter)
        .returning('id')
        .execute();
      return marked.length > 0;
    },
    async deleteOld() {
      await store.db
        .deleteFrom('operatorChallenge')
        .where('madeAt', '<=', now() - CHALLENGE_MS)
        .execute();
    },
  };
}

function credentialNamed({ id, transports }: { id: string; transports: string }) {
  return { id, transports: JSON.parse(transports) as string[] };
}

/** Parses what a browser's script sent; null if it is no object. */
function parse<T extends object>(text: string): T | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as T) : null;
  } catch {
    return null;
  }
}
