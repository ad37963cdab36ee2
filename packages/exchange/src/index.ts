export { type Account, type AccountRole, mayActFor, parseDisplayName } from './accounts/account.ts';
export { fingerprintOf, parseAccountKey, spkiOf } from './accounts/account-key.ts';
export { type Accounts, createAccounts } from './accounts/accounts.ts';
export { isAccountInForce } from './accounts/in-force.ts';
export { type AddingAccounts, addAccount, type Issuer, loadIssuer, makeBundle } from './accounts/issue-bundle.ts';
export { type AccountTables, accountMigrations } from './accounts/migrations.ts';
export { createSuccession } from './accounts/succession.ts';
export { algorithmNamed } from './algorithms.ts';
export {
  type Bundle,
  bundleAlgorithm,
  bundleCinemaCodes,
  cinemaCodesOf,
  parseBundle,
  readBundle,
  readNamedFile,
  writeNewFile,
} from './bundle.ts';
export type { ClockOffset } from './client/clock-offset.ts';
export type { Outcome, RetryDetail } from './client/outcome.ts';
export { noteUnknownWords } from './client/peer-faults.ts';
export { outcomeOf } from './client/read-outcome.ts';
export { createUpstream, type Upstream } from './client/upstream.ts';
export { fetchCa, redeemEnrolment } from './enrolment/enrol.ts';
export {
  besideApis,
  ENROLMENT_PATH,
  type Enrolment,
  enrolmentText,
  parseEnrolment,
} from './enrolment/enrolment-text.ts';
export {
  createEnrolments,
  type Enrolled,
  type EnrolmentTables,
  enrolmentMigrations,
  type PendingEnrolment,
} from './enrolment/enrolments.ts';
export { type CallPriority, PRIORITIES } from './priority.ts';
export { createRefusalPace } from './server/refusal-pace.ts';
export { createRequestLimit, type RequestLimit } from './server/request-limit.ts';
export { serveSignedApis } from './server/serve-signed-apis.ts';
export { type Call, type SignedApi, signedApi } from './server/signed-api.ts';
export { getTicketInfosApi } from './server/ticket-infos-api.ts';
export { CA_FILE } from './tls/ca-file.ts';
export { loadServiceCertificate, useServiceCertificate } from './tls/server-certificate.ts';
export { type AuthorityTables, authorityMigrations } from './tls/shared-authority.ts';
export { acceptedKey, fingerprintOfPrivate } from './upstreams/accepted-key.ts';
export { askTime, type ConfirmedTime, latestTime } from './upstreams/ask-time.ts';
export { askWithin } from './upstreams/ask-within.ts';
export { type CircuitBreaker, isAnswer } from './upstreams/circuit-breaker.ts';
export { createUpstreamConnection } from './upstreams/connection.ts';
export { type UpstreamTables, upstreamMigrations } from './upstreams/migrations.ts';
export { createUpstreamStore, type NewUpstreamSettings, type UpstreamStore } from './upstreams/store.ts';
export { type WatchedConnection, watchedConnection } from './upstreams/watched-connection.ts';
