import { forwardingSettings, RETENTION_FLOORS, retentionSettings } from '@ticket-check/check-records';
import { operatorSettings } from '@ticket-check/operators';
import {
  baseSettings,
  publicUrl,
  readSettings,
  type SettingsOf,
  type ShownSetting,
  showSettings,
  wholeNumber,
} from '@ticket-check/runtime';

const thirdPartySettings = {
  ...baseSettings,
  ...forwardingSettings,
  ...operatorSettings,
  ...retentionSettings(RETENTION_FLOORS.platform),

  // Where staff open the console, for the links that terminals show them; without it, PUBLIC_URL's host with CONSOLE_PORT.
  CONSOLE_URL: publicUrl().optional(),

  // How far the Datetime of a terminal's request may be from this server's clock (reading E6).
  CLOCK_WINDOW_SECONDS: wholeNumber(10, 3600).default(300),

  // How many requests one account may make in a minute, for each process: 1000 a second. Ten gates at the evening peak make
  // a few hundred in a minute, a platform for a whole province some 15,000; one that spends them has gone wrong.
  REQUESTS_PER_MINUTE: wholeNumber(10, 100_000_000).default(60_000),

  // How many requests that no account signed are refused at once to one address in a minute; further ones a second later.
  REFUSALS_PER_MINUTE: wholeNumber(1, 100_000_000).default(300),

  // How long a terminal's question waits for the national platform. It lies inside the terminal's own budget of 1500 ms,
  // so that the terminal gets an answer before it gives up (reading C3).
  UPSTREAM_BUDGET_MS: wholeNumber(50, 10_000).default(600),

  // The line counts as down after this many questions in a row that the national platform left waiting past the budget: terminals
  // are then answered without it at once, until it answers again (reading C3).
  OFFLINE_AFTER_SILENCES: wholeNumber(1, 100).default(2),

  // How often the public keys of every served cinema are fetched; never less often than the scheme has it (5.1.5).
  KEY_SYNC_MINUTES: wholeNumber(1, 30).default(30),

  // A terminal that asks for a cinema's keys again sooner than this, sooner than its own schedule would, has met a code
  // that no key opens: the keys are then fetched from the national platform first (reading K4).
  KEY_DEMAND_SECONDS: wholeNumber(1, 1500).default(1200),

  // Keys younger than this are served without fetching (reading K4).
  KEY_FRESH_SECONDS: wholeNumber(0, 600).default(1),

  // Least time between two fetches of one cinema's keys on demand, how many may follow each other at that distance, and
  // the time in which a spent burst is restored. Forged codes can ask for no more than this, one fetch in 3 s in the long
  // run; nor can they keep a new Ukey away for longer (reading K4).
  KEY_REFRESH_GAP_SECONDS: wholeNumber(1, 600).default(1),
  KEY_REFRESH_BURST: wholeNumber(1, 1000).default(20),
  KEY_REFRESH_REFILL_SECONDS: wholeNumber(1, 3600).default(60),

  // How many claims one account may make in a minute, and how many it may release: 50 a second, several times what ten gates
  // let through at the evening peak. An account that spends them has gone wrong or is not a terminal.
  CLAIMS_PER_MINUTE: wholeNumber(10, 1_000_000).default(3000),

  // How far the StartTime of a claimed ticket may be from this platform's clock. The widest window of a terminal is one day
  // on either side.
  CLAIM_WINDOW_HOURS: wholeNumber(1, 8760).default(48),

  // An account raises an alarm at this number of claims whose records are missing for more than five minutes.
  OPEN_CLAIMS_ALARM: wholeNumber(1, 1_000_000).default(20),

  // How many e-ticket pages receive changes at once, in each process; further ones ask twice a minute.
  // Each holds one of MAX_CONNECTIONS, which terminals need too.
  E_TICKET_PAGES: wholeNumber(0, 1_000_000).default(6000),

  // How many check records of one account may be quarantined; further ones are refused (reading R3).
  MAX_QUARANTINED_PER_ACCOUNT: wholeNumber(1, 10_000_000).default(10_000),

  // How long one call with up to 1000 check records may take.
  REPORT_TIMEOUT_SECONDS: wholeNumber(1, 300).default(30),
};

/** The settings of the third-party platform from its environment, read once at start. */
export type ThirdPartySettings = SettingsOf<typeof thirdPartySettings>;

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings of the third-party platform.
 *
 * @throws ExpectedError with one sentence for each variable that is wrong.
 */
export function readThirdPartySettings(env: Environment): ThirdPartySettings {
  return readSettings(thirdPartySettings, env);
}

/** Where staff open the console; null if its port is not known before it listens. */
export function consoleUrlOf(settings: ThirdPartySettings): string | null {
  const { CONSOLE_URL, CONSOLE_PORT, PUBLIC_URL } = settings;
  if (CONSOLE_URL !== undefined) return CONSOLE_URL;
  return CONSOLE_PORT === 0 ? null : `https://${new URL(PUBLIC_URL).hostname}:${CONSOLE_PORT}`;
}

/** The same as people may see them: without secrets. */
export function showThirdPartySettings(env: Environment): readonly ShownSetting[] {
  return showSettings(thirdPartySettings, env);
}
