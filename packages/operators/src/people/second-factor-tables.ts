import type { Migrations } from '@ticket-check/storage';

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

export type SecondFactorTables = {
  operatorPasskey: PasskeyRow;
  operatorChallenge: ChallengeRow;
  operatorTotp: TotpRow;
  operatorRecoveryCode: RecoveryCodeRow;
  operatorLoginStep: LoginStepRow;
};

export const secondFactorMigrations: Migrations = {
  '0001': async (db) => {
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
      .addColumn('username', 'text', (column) => column.notNull())
      .addColumn('address', 'text', (column) => column.notNull())
      .addColumn('began_at', 'bigint', (column) => column.notNull())
      .execute();
    for (const table of ['operator_recovery_code', 'operator_login_step']) {
      await db.schema.createIndex(`${table}_of_operator`).on(table).column('username').execute();
    }
    await db.schema
      .createTable('operator_passkey')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('username', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('origin', 'text', (column) => column.notNull())
      .addColumn('public_key', 'text', (column) => column.notNull())
      .addColumn('counter', 'bigint', (column) => column.notNull())
      .addColumn('transports', 'text', (column) => column.notNull())
      .addColumn('added_at', 'text', (column) => column.notNull())
      .addColumn('used_at', 'text')
      .execute();
    await db.schema
      .createTable('operator_challenge')
      .addColumn('owner', 'text', (column) => column.primaryKey())
      .addColumn('challenge', 'text', (column) => column.notNull())
      .addColumn('made_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('operator_passkey_of_operator').on('operator_passkey').column('username').execute();
  },
};
