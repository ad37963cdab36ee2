import { RETENTION_FLOORS, retentionSettings } from '@ticket-check/check-records';
import { operatorSettings } from '@ticket-check/operators';
import {
  baseSettings,
  readSettings,
  type SettingsOf,
  type ShownSetting,
  showSettings,
  wholeNumber,
} from '@ticket-check/runtime';

const nationalSettings = {
  ...baseSettings,
  ...operatorSettings,
  ...retentionSettings(RETENTION_FLOORS.platform),

  // HOST                where to listen; 127.0.0.1
  // PORT                the scheme's port, 9000 (6.3); 0 takes a free one
  // CONSOLE_HOST, CONSOLE_PORT    where /health and /metrics are; HOST and PORT + 443
  // DATA_DIR            holds the database, its key and the TLS files; .data
  // DATABASE_URL        sqlite:///absolute/path.db or postgres://…; SQLite in DATA_DIR
  // DATABASE_KEY_FILE   key of an SQLite database, made on the first start; <DATA_DIR>.key
  // TLS_CERT_FILE, TLS_KEY_FILE   a certificate made elsewhere; one of a local CA in DATA_DIR
  // PUBLIC_URL          what others reach the platform by, and the Url of the bundles it issues; from HOST and PORT
  // LOG_LEVEL           info

  // How far the Datetime of a request may be from this server's clock (reading E6).
  CLOCK_WINDOW_SECONDS: wholeNumber(10, 3600).default(300),

  // Requests of one account per minute and process: 1000 a second. Ten gates at the evening peak make a few hundred a
  // minute, a platform of a whole province some 15,000; an account that reaches the limit is faulty.
  REQUESTS_PER_MINUTE: wholeNumber(10, 100_000_000).default(60_000),

  // Unsigned requests of one address per minute that are refused at once; further ones are refused a second later.
  REFUSALS_PER_MINUTE: wholeNumber(1, 100_000_000).default(300),

  // Quarantined check records that one account may have; further ones are refused (reading R3).
  MAX_QUARANTINED_PER_ACCOUNT: wholeNumber(1, 10_000_000).default(10_000),
};

export type NationalSettings = SettingsOf<typeof nationalSettings>;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings of the national platform.
 *
 * @throws ExpectedError with one sentence for each invalid variable.
 */
export function readNationalSettings(env: Environment): NationalSettings {
  return readSettings(nationalSettings, env);
}

/** The settings as they may be shown: without secrets. */
export function showNationalSettings(env: Environment): readonly ShownSetting[] {
  return showSettings(nationalSettings, env);
}
