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

  // How many requests one account may make in a minute, for each process: 1000 a second. Ten gates at the evening peak make
  // a few hundred in a minute, a platform for a whole province some 15,000; one that spends them has gone wrong.
  REQUESTS_PER_MINUTE: wholeNumber(10, 100_000_000).default(60_000),

  // How many requests that no account signed are refused at once to one address in a minute; further ones a second later.
  REFUSALS_PER_MINUTE: wholeNumber(1, 100_000_000).default(300),

  // How many check records of one account may be kept aside; what comes beyond them is refused (reading R3).
  MAX_QUARANTINED_PER_ACCOUNT: wholeNumber(1, 10_000_000).default(10_000),
};

/** Everything the national platform can be told by its environment, read once at start. */
export type NationalSettings = SettingsOf<typeof nationalSettings>;

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings of the national platform.
 *
 * @throws ExpectedError with one sentence for each variable that is wrong.
 */
export function readNationalSettings(env: Environment): NationalSettings {
  return readSettings(nationalSettings, env);
}

/** The same as people may see them: without secrets. */
export function showNationalSettings(env: Environment): readonly ShownSetting[] {
  return showSettings(nationalSettings, env);
}
