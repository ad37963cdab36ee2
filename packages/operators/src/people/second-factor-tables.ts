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
  /** Epoch milliseconds. */
  beganAt: number;
};

export type SecondFactorTables = {
  operatorTotp: TotpRow;
  operatorRecoveryCode: RecoveryCodeRow;
  operatorLoginStep: LoginStepRow;
};

export const secondFactorMigrations: Migrations = {
  '2026-11-26-second-factors': async (db) => {
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
      .addColumn('began_at', 'bigint', (column) => column.notNull())
      .execute();
    for (const table of ['operator_recovery_code', 'operator_login_step']) {
      await db.schema.createIndex(`${table}_of_operator`).on(table).column('username').execute();
    }
  },
};
