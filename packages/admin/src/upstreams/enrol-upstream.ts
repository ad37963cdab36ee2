import { createPublicKey } from 'node:crypto';
import {
  algorithmNamed,
  cinemaCodesOf,
  createUpstreamStore,
  type Enrolment,
  fetchCa,
  fingerprintOf,
  type NewUpstreamSettings,
  redeemEnrolment,
  spkiOf,
  type UpstreamTables,
} from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import { type CinemaCode, PRICE_FORMS } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';

/** Reads the store, and changes it with an entry in the audit: `CommandStore`, or a running service in its place. */
export type EnrollingStore = Pick<CommandStore<UpstreamTables>, 'read' | 'change'>;

/** Called in the transaction that sets an upstream, with the cinemas that its account may act for. */
export type OnUpstreamSet = (store: Store<UpstreamTables>, cinemaCodes: readonly CinemaCode[] | 'all') => Promise<void>;

/**
 * Fetches the account of an enrolment with a key pair that is made here, and sets its platform as the upstream. It may be repeated
 * where it failed. What it replaces was confirmed before. Reading E8.
 * @throws ExpectedError in one sentence.
 */
export async function enrolUpstream(
  store: EnrollingStore,
  enrolment: Enrolment,
  onSet?: OnUpstreamSet,
): Promise<Pick<NewUpstreamSettings, 'url' | 'username' | 'cinemaCodes'>> {
  const caPem = await fetchCa(enrolment);
  const algorithm = algorithmNamed(enrolment.algorithm, 'The enrolment');
  const publicKey = await newUpstreamKey(store, algorithm.name, {});
  const { cinemaCodes } = await redeemEnrolment(enrolment, { ca: caPem, publicKey });
  const { url, username } = enrolment;
  const shown = { url, username, cinemaCodes: cinemaCodesOf({ CinemaCodes: cinemaCodes }) };
  const forms = { payloadForm: algorithm.forms[0], priceForm: PRICE_FORMS[0] };
  const settings = { ...shown, ...forms, algorithm: algorithm.name, privateKeyPem: null, caPem };
  await setUpstream(store, settings, onSet);
  return shown;
}

/** Makes the key pair that the next upstream, or the next key of this one, has, and answers its public half, PEM. */
export async function newUpstreamKey(
  store: EnrollingStore,
  algorithm: string | undefined,
  what: object,
): Promise<string> {
  // Made before anything is written: it takes a while, in which others need the store.
  const made = await store.read((opened) => createUpstreamStore(opened).makeKey(algorithm));
  return store.change(
    { name: 'upstream new-key', what, needs: 'service.manage' },
    (opened) => createUpstreamStore(opened).keepKey(made),
    (publicKey) => ({ fingerprint: fingerprintOf(spkiOf(createPublicKey(publicKey))) }),
  );
}

/** Sets the upstream. What it replaces was confirmed before. */
export async function setUpstream(
  store: EnrollingStore,
  settings: NewUpstreamSettings,
  onSet: OnUpstreamSet | undefined,
): Promise<void> {
  const { privateKeyPem: _key, caPem: _ca, algorithm: _name, ...shown } = settings;
  await store.change(
    { name: 'upstream set', what: shown, needs: 'service.manage' },
    async (opened) => {
      const upstreams = createUpstreamStore(opened);
      const before = await upstreams.current();
      await upstreams.set(settings);
      await onSet?.(opened, settings.cinemaCodes);
      return before;
    },
    (before) => ({ before: before === null ? null : { url: before.url, username: before.username } }),
  );
}

/** Confirms that another platform, or another account there, takes the place of the one that is set. */
export const confirmReplacing = (
  store: CommandStore<UpstreamTables>,
  { url, username }: { readonly url: string; readonly username: string },
  yes: true | undefined,
) =>
  store.confirm(
    { name: 'upstream set', what: { url }, needs: 'service.manage' },
    {
      name: URL.canParse(url) ? new URL(url).host : url,
      yes,
      async says(opened) {
        const before = await createUpstreamStore(opened).current();
        if (before === null || (before.url === url && before.username === username)) return null;
        const what = before.url === url ? 'account' : 'platform';
        return `1 ${what} is replaced: this service asks and reports to ${before.url} as ${before.username}, and from now on to ${url} as ${username}. What still waits to be sent goes there, and the key of the former account is no longer kept here.`;
      },
    },
  );
