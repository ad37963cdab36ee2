import { mergeMigrations } from '@ticket-check/storage';
import type { Role } from './role.ts';
import { type SecondFactorTables, secondFactorMigrations } from './second-factor-tables.ts';
import { type TokenTables, tokenMigrations } from './token-tables.ts';
import { type TryTables, tryMigrations } from './try-tables.ts';

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

export type OperatorTables = { operator: OperatorRow; operatorSession: SessionRow } & SecondFactorTables &
  TokenTables &
  TryTables;

export const operatorMigrations = mergeMigrations(secondFactorMigrations, tokenMigrations, tryMigrations, {
  '0001': async (db) => {
    await db.schema
      .createTable('operator')
      .addColumn('username', 'text', (column) => column.primaryKey())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('cinema_codes', 'text', (column) => column.notNull())
      .addColumn('password_hash', 'text', (column) => column.notNull())
      .addColumn('one_time_until', 'text')
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('disabled_at', 'text')
      .execute();
    await db.schema
      .createTable('operator_session')
      .addColumn('token_hash', 'text', (column) => column.primaryKey())
      .addColumn('username', 'text', (column) => column.notNull())
      .addColumn('address', 'text', (column) => column.notNull())
      .addColumn('began_at', 'bigint', (column) => column.notNull())
      .addColumn('seen_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('operator_session_of_operator')
      .on('operator_session')
      .columns(['username', 'began_at'])
      .execute();
  },
});
