import { type Migrations, required } from '@ticket-check/storage';
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

/** A login that has not ended. */
type SessionRow = {
  /** SHA-256 of the token, hexadecimal. Only the browser has the token itself. */
  tokenHash: string;
  username: string;
  /** The address that the operator logged in from. */
  address: string;
  /** Epoch milliseconds. */
  beganAt: number;
  /** Epoch milliseconds of the last request, up to a minute behind. */
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
  /** SHA-256 of the token, hexadecimal. */
  tokenHash: string;
  username: string;
  /** The address that the password came from. */
  address: string;
  /** Epoch milliseconds. */
  beganAt: number;
};

/** A passkey: the public half of a key pair that an operator's device keeps (WebAuthn). */
type PasskeyRow = {
  /** The credential's id, Base64url. */
  id: string;
  username: string;
  /** The operator's name for it. */
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
  /** Epoch milliseconds. */
  madeAt: number;
};

/** What a machine shows in place of a login. */
type TokenRow = {
  name: string;
  /** SHA-256, hexadecimal. Only the machine has the token itself. */
  tokenHash: string;
  /** A JSON array of permissions. */
  permissions: string;
  /** A JSON array of cinema codes, or `all`. */
  cinemaCodes: string;
  createdAt: string;
  /** The operator who made it, or by whose token it was made; null if the service had no operators. */
  addedBy: string | null;
  /** It works until then. */
  endsAt: string;
  /** Epoch milliseconds of its last use, up to a minute behind. */
  usedAt: number | null;
  revokedAt: string | null;
};

/** A wrong password given to a command, or a wrong code, for as long as it slows the next. */
type TryRow = {
  id: string;
  /** Empty if nobody has the name that was given. */
  username: string;
  what: 'password' | 'code';
  /** Epoch milliseconds. */
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

export const operatorMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('operator')
      .addColumn('username', 'text', (column) => column.primaryKey())
      .$call(required('text', 'role', 'cinema_codes', 'password_hash'))
      .addColumn('one_time_until', 'text')
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('disabled_at', 'text')
      .execute();
    await db.schema
      .createTable('operator_session')
      .addColumn('token_hash', 'text', (column) => column.primaryKey())
      .$call(required('text', 'username', 'address'))
      .$call(required('bigint', 'began_at', 'seen_at'))
      .execute();
    await db.schema
      .createIndex('operator_session_of_operator')
      .on('operator_session')
      .columns(['username', 'began_at'])
      .execute();
    await db.schema
      .createTable('operator_totp')
      .addColumn('username', 'text', (column) => column.primaryKey())
      .addColumn('secret', 'text', (column) => column.notNull())
      .addColumn('last_step', 'bigint', (column) => column.notNull())
      .addColumn('set_up_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('operator_recovery_code')
      .addColumn('code_hash', 'text', (column) => column.primaryKey())
      .addColumn('username', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('operator_login_step')
      .addColumn('token_hash', 'text', (column) => column.primaryKey())
      .$call(required('text', 'username', 'address'))
      .addColumn('began_at', 'bigint', (column) => column.notNull())
      .execute();
    for (const table of ['operator_recovery_code', 'operator_login_step']) {
      await db.schema.createIndex(`${table}_of_operator`).on(table).column('username').execute();
    }
    await db.schema
      .createTable('operator_passkey')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .$call(required('text', 'username', 'name', 'origin', 'public_key'))
      .addColumn('counter', 'bigint', (column) => column.notNull())
      .$call(required('text', 'transports', 'added_at'))
      .addColumn('used_at', 'text')
      .execute();
    await db.schema
      .createTable('operator_challenge')
      .addColumn('owner', 'text', (column) => column.primaryKey())
      .addColumn('challenge', 'text', (column) => column.notNull())
      .addColumn('made_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('operator_passkey_of_operator').on('operator_passkey').column('username').execute();
    await db.schema
      .createTable('api_token')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .$call(required('text', 'token_hash', 'permissions', 'cinema_codes', 'created_at'))
      .addColumn('added_by', 'text')
      .addColumn('ends_at', 'text', (column) => column.notNull())
      .addColumn('used_at', 'bigint')
      .addColumn('revoked_at', 'text')
      .execute();
    await db.schema.createIndex('api_token_by_hash').on('api_token').column('token_hash').unique().execute();
    await db.schema
      .createTable('operator_try')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .$call(required('text', 'username', 'what'))
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('operator_try_of_operator').on('operator_try').columns(['username', 'at']).execute();
  },
};
