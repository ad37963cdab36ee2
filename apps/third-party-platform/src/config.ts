import { forwardingSettings, RETENTION_FLOORS, retentionSettings } from '@ticket-check/check-records';
import { operatorSettings } from '@ticket-check/operators';
import {
  baseSettings,
  publicUrl,
  readSettings,
  type SettingsOf,
  showSettings,
  wholeNumber,
} from '@ticket-check/runtime';

/** What each setting means: docs/configuration.md. */
const thirdPartySettings = {
  ...baseSettings,
  ...forwardingSettings,
  ...operatorSettings,
  ...retentionSettings(RETENTION_FLOORS.platform),
  CONSOLE_URL: publicUrl().optional(),
  CLOCK_WINDOW_SECONDS: wholeNumber(10, 3600).default(300),
  REQUESTS_PER_MINUTE: wholeNumber(10, 100_000_000).default(60_000),
  REFUSALS_PER_MINUTE: wholeNumber(1, 100_000_000).default(300),
  UPSTREAM_BUDGET_MS: wholeNumber(50, 10_000).default(600),
  OFFLINE_AFTER_SILENCES: wholeNumber(1, 100).default(2),
  KEY_SYNC_MINUTES: wholeNumber(1, 30).default(30),
  KEY_DEMAND_SECONDS: wholeNumber(1, 1500).default(1200),
  KEY_FRESH_SECONDS: wholeNumber(0, 600).default(1),
  KEY_REFRESH_GAP_SECONDS: wholeNumber(1, 600).default(2),
  CLAIMS_PER_MINUTE: wholeNumber(10, 1_000_000).default(3000),
  CLAIM_WINDOW_HOURS: wholeNumber(1, 8760).default(48),
  OPEN_CLAIMS_ALARM: wholeNumber(1, 1_000_000).default(20),
  E_TICKET_PAGES: wholeNumber(0, 1_000_000).default(6000),
  MAX_QUARANTINED_PER_ACCOUNT: wholeNumber(1, 10_000_000).default(10_000),
  REPORT_TIMEOUT_SECONDS: wholeNumber(1, 300).default(30),
};

/** The settings of the third-party platform from its environment, read once at start. */
export type ThirdPartySettings = SettingsOf<typeof thirdPartySettings>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ExpectedError with one sentence for each variable that is wrong. */
export const readThirdPartySettings = (env: Environment) => readSettings(thirdPartySettings, env);

/** The settings as people may see them: without secrets. */
export const showThirdPartySettings = (env: Environment) => showSettings(thirdPartySettings, env);

/** Where staff open the console; null if its port is not known before it listens. */
export function consoleUrlOf(settings: ThirdPartySettings): string | null {
  const { CONSOLE_URL, CONSOLE_PORT, PUBLIC_URL } = settings;
  if (CONSOLE_URL !== undefined) return CONSOLE_URL;
  return CONSOLE_PORT === 0 ? null : `https://${new URL(PUBLIC_URL).hostname}:${CONSOLE_PORT}`;
}
