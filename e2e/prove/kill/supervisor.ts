import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createBrowser, OWN } from '@ticket-check/admin/testing/browser';
import { readSymbolSvg } from '@ticket-check/simulators/symbols';
import type { Site } from '../../testing/site.ts';
import type { Answer, Guest } from '../guests.ts';
import type { OverrideAsked } from '../oracle/overrides.ts';
import { until } from '../report.ts';

const OPERATOR = 'supervisor';
const PRESSES_TWICE = 0.3;
/** What the terminal logs between the open gate and its answer. */
const LET_IN = 'overrode a refusal';

export type Supervisor = Awaited<ReturnType<typeof supervisorAt>>;

/** Somebody who may let refused guests in at the terminal of this name, at its console. */
export async function supervisorAt(terminal: string, site: Site, chance: () => number) {
  const add = ['operator', 'add', OPERATOR, '--role', 'supervisor', '--all-cinemas'];
  const added = await site.command('terminal-agent', add);
  const console = { consoleUrl: site.consoleUrlOf('terminal-agent') };
  const browser = await createBrowser(console, { directory: join(site.directory, 'terminal-agent') });
  const first = await browser.logIn(OPERATOR, JSON.parse(added).OneTimePassword);
  await browser.send(first, '/password', { chosen: OWN, repeated: OWN });
  const gate = { consoleUrl: site.urlOf('terminal-agent') };
  // The page at the gate ends the logins of its own browser.
  const screen = await createBrowser(gate, { directory: join(site.directory, 'terminal-agent') });

  const decisions: OverrideAsked[] = [];
  const waiting = new Set<OverrideAsked>();
  const wasCutOff = new Set<OverrideAsked>();
  /** How many questions were cut off, and how many of these turned out to be done. */
  const counts = { cutOff: 0, doneUnheard: 0 };
  let [asking, logged] = [0, 0];
  const log = site.logFile('terminal-agent');

  function choose(guests: readonly Guest[]): OverrideAsked | undefined {
    for (const guest of guests.toReversed()) {
      if (guest.hasLeft) continue;
      const here = guest.answers.filter(({ door, verdict }) => door.terminal === terminal && !verdict.Repeated);
      // Where its entry is another terminal's a later scan may let the ticket in here, and settles the refusal: it has entered here before.
      const admission = here.find(({ verdict }) => verdict.Verdict === 'ADMIT');
      if (admission === undefined) continue;
      const isRefusal = ({ verdict, askedAt }: Answer) =>
        verdict.Verdict === 'ALREADY_ENTERED' && askedAt >= admission.answeredAt;
      const { verdict, door } = here.findLast(isRefusal) ?? {};
      if (verdict?.RecordId === undefined || door === undefined) continue;
      if (decisions.some(({ filmTicketCode }) => filmTicketCode === guest.ticket.filmTicketCode)) continue;
      const decision = {
        ...{ terminal, gate: door.gate, filmTicketCode: guest.ticket.filmTicketCode, operator: OPERATOR },
        ...{ refusal: verdict.RecordId, verdict: verdict.Verdict, admissions: [] },
        reason: `观众出来接电话 ${decisions.length + 1}`,
      };
      decisions.push(decision);
      waiting.add(decision);
      return decision;
    }
    return undefined;
  }

  /** Sends the decision once and, where chance has it, twice at once. */
  async function press(csrf: string, decision: OverrideAsked): Promise<void> {
    const sent = JSON.stringify({ RecordId: decision.refusal, reason: decision.reason, password: OWN });
    const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf };
    const send = async () => {
      const answer = await browser.post('/entries/override', sent, headers);
      const { RecordId, error } = JSON.parse(answer.text);
      if (answer.status === 200 && RecordId !== undefined) decision.admissions.push(RecordId);
      else if (error !== 'overridden') throw new Error(`an override was answered ${answer.status}: ${answer.text}`);
      done(decision);
    };
    asking += 1;
    try {
      await Promise.all(chance() < PRESSES_TWICE ? [send(), send()] : [send()]);
    } catch (error) {
      unlessCutOff(error);
      counts.cutOff += 1;
      wasCutOff.add(decision);
    } finally {
      asking -= 1;
    }
  }

  function done(decision: OverrideAsked): void {
    if (waiting.delete(decision) && decision.admissions.length === 0 && wasCutOff.has(decision))
      counts.doneUnheard += 1;
  }

  /** The token of the screen that decisions are sent from; undefined where nothing answers. */
  const open = async (): Promise<string | undefined> => (await browser.json('/console.json').catch(unlessCutOff))?.Csrf;

  let failed: unknown;
  return {
    /** What they decided, whether they have heard of it or not. */
    decisions,
    counts,
    /** Gives the guest of an entry a pass-out, and reads its code; null if the terminal does not answer, or gives none. */
    async stepOut(recordId: string): Promise<string | null> {
      try {
        const page = await screen.ask('/kiosk?gate=gate-1');
        const { key } = JSON.parse(/id="page">(.*)<\/script>/.exec(page.text)?.[1] ?? '{}');
        const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
        const headers = { 'sec-fetch-site': 'same-origin', 'x-kiosk-key': key, 'content-type': 'application/json' };
        const body = JSON.stringify({ RecordId: recordId });
        const given = await screen.post('/kiosk/step-out', body, { ...headers, cookie });
        // Another admission of the ticket came first.
        if (given.status === 410) return null;
        const { Size, Path } = JSON.parse(given.text);
        return await readSymbolSvg(`<svg viewBox="0 0 ${Size} ${Size}"><path d="${Path}"/></svg>`);
      } catch (error) {
        unlessCutOff(error);
        return null;
      }
    },
    isAsking: () => asking > 0,
    /** Sends the decision that was cut off, or one about the ticket refused last; false if there is nothing to decide, or the terminal is down. */
    async begin(guests: readonly Guest[]): Promise<boolean> {
      const [decision = choose(guests)] = waiting;
      const csrf = decision && (await open());
      if (decision === undefined || csrf === undefined) return false;
      logged = statSync(log).size;
      press(csrf, decision).catch((error) => {
        failed = error;
      });
      return true;
    },
    /** Resolves when the terminal has let the guest in and is about to say so, or no answer is awaited any more. */
    async overridden(): Promise<void> {
      const isLetIn = async () => (await text(createReadStream(log, { start: logged }))).includes(LET_IN);
      await until('a refused guest is let in', async () => asking === 0 || isLetIn(), { everyMs: 1 });
    },
    /** Repeats each decision: an unanswered one until it is done, and a finished one must not be possible twice. */
    async askAgain(): Promise<void> {
      await until('every answer about an override has come or was cut off', () => asking === 0);
      const unsettled = new Set(decisions);
      const allDone = async () => {
        for (const decision of unsettled) {
          const csrf = await open();
          if (csrf !== undefined) await press(csrf, decision);
          if (!waiting.has(decision)) unsettled.delete(decision);
        }
        return unsettled.size === 0;
      };
      await until('every override is done', allDone);
      if (failed !== undefined) throw failed;
    },
  };
}

function unlessCutOff(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === undefined) throw error;
}
