import { ROLES, type Role } from './addresses.ts';
import type { DemoLogin, DemoOperators } from './demo-operators.ts';
import type { Site } from './site.ts';
import type { Step, WalkResult } from './walk.ts';

const DUTY: Record<Role, string> = {
  'national-platform': 'knows the keys, the tickets and the refunds; receives every check record',
  'third-party-platform': 'serves the terminals, carries their records on',
  'terminal-agent': 'runs beside the scanner and decides',
};

export const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

export function tellSite(site: Site): void {
  say('Three services over HTTPS, each with a certificate, accounts and an encrypted database of its own:');
  for (const role of ROLES) say(`  ${role.padEnd(22)}${site.urlOf(role).padEnd(26)}${DUTY[role]}`);
  say();
}

export function tellStep({ guest, expected, verdict, asked }: Step): void {
  const { Verdict, ElapsedMs } = verdict;
  const mark = Verdict === expected ? '✓' : Verdict === 'KEYS_PENDING' ? '…' : `✗ expected ${expected}`;
  say(`  ${guest.padEnd(40)}${Verdict.padEnd(17)}${`${ElapsedMs} ms`.padStart(7)}  ${mark}  asked ${asked}`);
}

export function tellResult({ record, passed }: WalkResult): void {
  say();
  if (record === null) {
    say('The first guest’s check record did not reach the national platform in time.');
  } else {
    const { RecordId, CheckTime } = record.line;
    say('The first guest’s check record is at the national platform:');
    say(`  record ${RecordId}, checked at ${CheckTime}, seen there ${record.afterMs} ms after the scan`);
    say('  terminal → third-party → national: ReportOriginalCheckTickets');
  }
  say();
  say(passed ? 'Every verdict was the expected one.' : 'Something was not as expected; see the lines marked ✗.');
}

export function tellLogins(site: Site, { logins }: DemoOperators): void {
  say();
  say('Their consoles, and who can log in there. A one-time password is changed at the first login:');
  for (const role of ROLES) {
    const [first = '', ...more] = logins[role].map((login) => `${login.username.padEnd(15)}${passwordOf(login)}`);
    say(`  ${role.padEnd(22)}${site.consoleUrlOf(role).padEnd(26)}${first}`);
    for (const line of more) say(`  ${''.padEnd(48)}${line}`);
  }
}

/** Prints the link of an e-ticket to try. */
export function tellETicket(url: string): void {
  say();
  say('An e-ticket, as a guest opens it; the terminal admits what its code says:');
  say(`  ${url}`);
}

function passwordOf({ username, oneTimePassword, hasEnded }: DemoLogin): string {
  if (hasEnded) return `the one-time password has ended; \`operator recover ${username}\` prints another`;
  return oneTimePassword ?? 'with the password that was chosen';
}
