import { RETENTION_FLOORS, retentionSettings } from '@ticket-check/check-records';
import { operatorSettings } from '@ticket-check/operators';
import { baseSettings, readSettings, type SettingsOf, showSettings, wholeNumber } from '@ticket-check/runtime';

/** What each setting means: docs/configuration.md. */
const nationalSettings = {
  ...baseSettings,
  ...operatorSettings,
  ...retentionSettings(RETENTION_FLOORS.platform),
  CLOCK_WINDOW_SECONDS: wholeNumber(10, 3600).default(300),
  REQUESTS_PER_MINUTE: wholeNumber(10, 100_000_000).default(60_000),
  REFUSALS_PER_MINUTE: wholeNumber(1, 100_000_000).default(300),
  MAX_QUARANTINED_PER_ACCOUNT: wholeNumber(1, 10_000_000).default(10_000),
};

export type NationalSettings = SettingsOf<typeof nationalSettings>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ExpectedError with one sentence for each invalid variable. */
export const readNationalSettings = (env: Environment) => readSettings(nationalSettings, env);

/** The settings as they may be shown: without secrets. */
export const showNationalSettings = (env: Environment) => showSettings(nationalSettings, env);
