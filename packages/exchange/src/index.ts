export {
  type Account,
  AccountFault,
  type AccountRole,
  isAccountInForce,
  mayActFor,
  parseDisplayName,
} from './accounts/account.ts';
export { fingerprintOf, parseAccountKey, spkiOf } from './accounts/account-keyring.ts';
export { createAccounts } from './accounts/accounts.ts';
export { type Issuer, loadIssuer, makeBundle } from './accounts/issue-bundle.ts';
export { type AccountTables, accountMigrations } from './accounts/migrations.ts';
export { createSuccession } from './accounts/succession.ts';
export { algorithmNamed } from './algorithms.ts';
export * from './bundle.ts';
export type { ClockOffset } from './client/clock-offset.ts';
export type { Outcome, RetryDetail } from './client/outcome.ts';
export { outcomeOf } from './client/outcome.ts';
export { noteUnknownWords } from './client/peer-faults.ts';
export { whyNoEnvelope } from './client/reply-words.ts';
export { createUpstream, type Upstream } from './client/upstream.ts';
export * from './enrolment/enrol.ts';
export * from './enrolment/enrolments.ts';
export { type CallPriority, PRIORITIES } from './priority.ts';
export { createRefusalPace } from './server/refusal-pace.ts';
export { lastRefused } from './server/refused-requests.ts';
export {
  createRequestLimit,
  type RequestLimit,
  type SharedLimitTables,
  sharedLimitMigrations,
  shareLimits,
} from './server/request-limit.ts';
export { serveSignedApis } from './server/serve-signed-apis.ts';
export { type Call, type SignedApi, signedApi } from './server/signed-api.ts';
export { getTicketInfosApi } from './server/ticket-infos-api.ts';
export { issueAuthority, issueServerCertificate } from './tls/certificates.ts';
export { loadServiceCertificate, useServiceCertificate } from './tls/server-certificate.ts';
export { type AuthorityTables, authorityMigrations, CA_FILE } from './tls/shared-authority.ts';
export { askWithin } from './upstreams/ask-within.ts';
export { acceptedKey, checkUpstream, fingerprintOfPrivate } from './upstreams/check-upstream.ts';
export { type CircuitBreaker, isAnswer } from './upstreams/circuit-breaker.ts';
export * from './upstreams/connection.ts';
export { type UpstreamTables, upstreamMigrations } from './upstreams/migrations.ts';
export { readPfx, readPrivateKeyFile } from './upstreams/private-key-file.ts';
export { createUpstreamStore, type NewUpstreamSettings, type UpstreamStore } from './upstreams/store.ts';
