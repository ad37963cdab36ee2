import { createTables } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { Role } from './role.ts';

export type OperatorRow = {
  username: string;
  role: Role;
  /** A JSON array of cinema codes, or `all`. */
  cinemaCodes: string;
  /** Argon2id, in the PHC string format. */
  passwordHash: string;
  /** Until when a password that was issued by somebody else may be used; null if the operator chose it. */
  oneTimeUntil: string | null;
  createdAt: string;
  disabledAt: string | null;
};

/** A login that has not ended. Times are epoch milliseconds, where they are numbers, here and below. */
type SessionRow = {
  /** SHA-256 of the token, hexadecimal. Only the browser has the token itself. */
  tokenHash: string;
  username: string;
  address: string;
  beganAt: number;
  /** The last request, up to a minute behind. */
  seenAt: number;
};

/** What an operator's authenticator app makes codes of (RFC 6238). */
type TotpRow = {
  username: string;
  /** Base32, 160 bits: as readable as the database is. */
  secret: string;
  /** The newest 30 s whose code was accepted: each code counts once. */
  lastStep: number;
  setUpAt: string;
};

/** A code that lets its operator in once, in place of a second factor that was lost. */
type RecoveryCodeRow = {
  /** SHA-256, hexadecimal. The code is random, so that a plain hash does not give it away. */
  codeHash: string;
  username: string;
};

/** A login whose password was right and whose second factor is still to come. */
type LoginStepRow = {
  tokenHash: string;
  username: string;
  address: string;
  beganAt: number;
};

/** A passkey: the public half of a key pair that an operator's device keeps (WebAuthn). */
type PasskeyRow = {
  id: string;
  username: string;
  name: string;
  /** The origin of the console that it was made for, and works at. */
  origin: string;
  /** COSE key, Base64url. */
  publicKey: string;
  /** How often the device has signed, where it counts. */
  counter: number;
  /** How browsers reach the device, a JSON array. */
  transports: string;
  addedAt: string;
  usedAt: string | null;
};

/** What a passkey has to sign next. */
type ChallengeRow = {
  /** The hash of the token of the session or login step that it was made for: one at a time. */
  owner: string;
  challenge: string;
  madeAt: number;
};

/** What a machine shows in place of a login. */
type TokenRow = {
  name: string;
  /** SHA-256, hexadecimal. Only the machine has the token itself. */
  tokenHash: string;
  permissions: string;
  /** A JSON array of cinema codes, or `all`. */
  cinemaCodes: string;
  createdAt: string;
  /** The operator who made it, or by whose token it was made; null if the service had no operators. */
  addedBy: string | null;
  endsAt: string;
  /** Its last use, up to a minute behind. */
  usedAt: number | null;
  revokedAt: string | null;
};

/** A wrong password, code or PIN, for as long as it slows the next. */
export type TryRow = {
  id: string;
  /** Where the password came from at the login, or the hash of the token of its session; empty for commands, codes and PINs. */
  place: string;
  /** 16 bits of its hash for `login` and `session`; empty if nobody has the name that was given to a command. */
  username: string;
  /** Where it was given; `password`: to a command; `pin`: beside a badge. */
  what: 'login' | 'session' | 'password' | 'code' | 'pin';
  at: number;
};

export type OperatorTables = {
  operator: OperatorRow;
  operatorSession: SessionRow;
  operatorPasskey: PasskeyRow;
  operatorChallenge: ChallengeRow;
  operatorTotp: TotpRow;
  operatorRecoveryCode: RecoveryCodeRow;
  operatorLoginStep: LoginStepRow;
  apiToken: TokenRow;
  operatorTry: TryRow;
};

export const operatorMigrations = createTables<OperatorTables>(
  sql`create table operator (
    username text primary key, role text not null, cinema_codes text not null, password_hash text not null,
    created_at text not null, one_time_until text, disabled_at text
  )`,
  sql`create table operator_session (
    token_hash text primary key, username text not null, address text not null, began_at bigint not null, seen_at bigint not null
  )`,
  sql`create table operator_totp (
    username text primary key, secret text not null, set_up_at text not null, last_step bigint not null
  )`,
  sql`create table operator_recovery_code (code_hash text primary key, username text not null)`,
  sql`create table operator_login_step (
    token_hash text primary key, username text not null, address text not null, began_at bigint not null
  )`,
  sql`create table operator_passkey (
    id text primary key, username text not null, name text not null, origin text not null, public_key text not null,
    transports text not null, added_at text not null, counter bigint not null, used_at text
  )`,
  sql`create table operator_challenge (owner text primary key, challenge text not null, made_at bigint not null)`,
  sql`create table api_token (
    name text primary key, token_hash text not null, permissions text not null, cinema_codes text not null,
    created_at text not null, ends_at text not null, added_by text, revoked_at text, used_at bigint
  )`,
  sql`create table operator_try (
    id text primary key, place text not null, username text not null, what text not null, at bigint not null
  )`,
  sql`create index operator_session_of_operator on operator_session (username, began_at)`,
  sql`create index operator_try_of_operator on operator_try (username, at)`,
  sql`create index operator_try_of_place on operator_try (place, at)`,
  sql`create index operator_recovery_code_of_operator on operator_recovery_code (username)`,
  sql`create index operator_login_step_of_operator on operator_login_step (username)`,
  sql`create index operator_passkey_of_operator on operator_passkey (username)`,
  sql`create unique index api_token_by_hash on api_token (token_hash)`,
);
