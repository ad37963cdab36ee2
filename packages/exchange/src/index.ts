export { type AccountRole, mayActFor, parseDisplayName } from './accounts/account.ts';
export { loadIssuer } from './accounts/account-admin.ts';
export { type Accounts, createAccounts } from './accounts/accounts.ts';
export { changeAccount } from './accounts/change-account.ts';
export { accountCommands, type Issuer, makeBundle } from './accounts/commands.ts';
export { isAccountInForce } from './accounts/in-force.ts';
export { type AccountTables, accountMigrations } from './accounts/migrations.ts';
export { createSuccession } from './accounts/succession.ts';
export { type Bundle, bundleAlgorithm, cinemaCodesOf, parseBundle, readBundle } from './bundle.ts';
export type { ClockOffset } from './client/clock-offset.ts';
export type { Outcome, RetryDetail } from './client/outcome.ts';
export { noteUnknownWords } from './client/peer-faults.ts';
export { outcomeOf } from './client/read-outcome.ts';
export { createUpstream, type Upstream } from './client/upstream.ts';
export { besideApis, type Enrolment, enrolmentText, parseEnrolment } from './enrolment/enrolment-text.ts';
export {
  createEnrolments,
  type EnrolmentTables,
  enrolmentMigrations,
  type PendingEnrolment,
} from './enrolment/enrolments.ts';
export { serveEnrolment } from './enrolment/serve-enrolment.ts';
export { type CallPriority, PRIORITIES } from './priority.ts';
export { createRefusalPace } from './server/refusal-pace.ts';
export { createRequestLimit } from './server/request-limit.ts';
export { serveSignedApis } from './server/serve-signed-apis.ts';
export { type Call, type SignedApi, signedApi } from './server/signed-api.ts';
export { getTicketInfosApi } from './server/ticket-infos-api.ts';
export { storeCommands } from './store-commands.ts';
export { CA_FILE } from './tls/ca-file.ts';
export { loadServiceCertificate, useServiceCertificate } from './tls/server-certificate.ts';
export { type AuthorityTables, authorityMigrations } from './tls/shared-authority.ts';
export { askTime, type ToldTime, toldTime } from './upstreams/ask-time.ts';
export { askWithin } from './upstreams/ask-within.ts';
export { type CircuitBreaker, isAnswer } from './upstreams/circuit-breaker.ts';
export { upstreamCommands } from './upstreams/commands.ts';
export { createUpstreamConnection } from './upstreams/connection.ts';
export { enrolUpstream } from './upstreams/enrol-upstream.ts';
export { type UpstreamTables, upstreamMigrations } from './upstreams/migrations.ts';
export { createUpstreamStore, type UpstreamStore } from './upstreams/store.ts';
export { type WatchedConnection, watchedConnection } from './upstreams/watched-connection.ts';
