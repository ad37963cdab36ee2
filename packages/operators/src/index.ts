export { type AuditPlace, auditTime, listActors, listAudit, searchAudit } from './audit/audit-log.ts';
export { keepAudit } from './audit/keep-audit.ts';
export { type CommandStore, createCommandStore, YES } from './command-store.ts';
export {
  noteReading,
  recordEvent,
  runLongOperation,
  runOperation,
  runReading,
  tryOperation,
} from './operation.ts';
export { cinemasOf, mayOperateFor, type Operator, OperatorFault, parseCinemaCodes } from './people/operator.ts';
export { createOperators, type Rights } from './people/operators.ts';
export { createPasswords, hashOfToken, issuePassword, makeReadableSecret, type Passwords } from './people/passwords.ts';
export { operatorSettings, PERMISSION_NAMES, type Permission, permits, ROLES, type Role } from './people/role.ts';
export { type OperatorTables, operatorMigrations } from './people/tables.ts';
export { isTotpSecret, makeTotpSecret, totpUri } from './second-factor/codes.ts';
export { createPasskeys, MAX_PASSKEYS, rpIdOf } from './second-factor/passkeys.ts';
export { createSecondFactors } from './second-factor/second-factors.ts';
export { createLogins, type LoginRefusal, type Logins } from './sessions/login.ts';
export { createTries } from './sessions/pace.ts';
export { createSessions, endSessionsJob, type Session, type Sessions } from './sessions/sessions.ts';
export { createApiTokens, parseEnd } from './tokens/api-tokens.ts';
export { LogChangedError, type OperationTables, operationMigrations } from './transparency-log/log-tables.ts';
export { verifierKeyText } from './transparency-log/note.ts';
export { auditLogOf, type TransparencyLog } from './transparency-log/transparency-log.ts';
