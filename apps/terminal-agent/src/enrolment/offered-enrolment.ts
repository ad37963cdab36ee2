import { createHash } from 'node:crypto';
import { enrolUpstream } from '@ticket-check/admin';
import { type Enrolment, parseEnrolment, type UpstreamStore } from '@ticket-check/exchange';
import { runOperation } from '@ticket-check/operators';
import { ExpectedError, type Service } from '@ticket-check/runtime';
import type { TerminalStore } from '../tables.ts';

/** Long enough for the person who scanned it to compare host and account. */
const SHOWN_MS = 300_000;

export type OfferedEnrolment = ReturnType<typeof createOfferedEnrolment>;

/**
 * The enrolment of a terminal that has no upstream yet, from what was scanned or typed until a person confirms it. Only the last
 * one is kept, in memory, as it holds a secret. Reading E8.
 */
export function createOfferedEnrolment(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  options: { store: TerminalStore; upstreams: UpstreamStore },
) {
  const { store, upstreams } = options;
  type Offered = { enrolment: Enrolment; at: number; step: 'offered' | 'under-way' | 'failed'; fault: string | null };
  let offered: Offered | null = null;

  const isSet = async () => (await upstreams.current()) !== null;

  async function enrol(enrolment: Enrolment, by: { actor: 'kiosk'; from: string }): Promise<void> {
    await enrolUpstream(
      {
        read: (run) => run(store),
        change: ({ name, what }, change, outcome) =>
          runOperation(
            store,
            { name, what, ...by, now },
            async (within) => {
              if (await isSet()) throw new ExpectedError('This terminal has a platform already.');
              return change(within, by.actor);
            },
            outcome,
          ),
      },
      enrolment,
    );
  }

  return {
    /** Takes a scanned text if it is an enrolment and no upstream is set; returns whether it did. */
    async offer(text: string): Promise<boolean> {
      const enrolment = enrolmentIn(text);
      if (enrolment === null || offered?.step === 'under-way' || (await isSet())) return false;
      offered = { enrolment, at: now(), step: 'offered', fault: null };
      return true;
    },
    /** What the person who confirms it sees, without the code. `offer` names it in the confirmation. */
    shown() {
      if (offered !== null && offered.step !== 'under-way' && now() - offered.at > SHOWN_MS) offered = null;
      if (offered === null) return null;
      const { enrolment, step, fault } = offered;
      const { url, username } = enrolment;
      return { offer: nameOf(enrolment), host: new URL(url).host, account: username, step, fault };
    },
    /**
     * Enrols at the host that was shown as `offer`, and shows the result. Does nothing if another enrolment was offered since;
     * returns whether it was.
     */
    async confirm(offer: string, from: string): Promise<boolean> {
      const by = { actor: 'kiosk', from } as const;
      const taken = offered;
      if (taken !== null && nameOf(taken.enrolment) !== offer) return true;
      if (taken === null || taken.step === 'under-way') return false;
      taken.step = 'under-way';
      try {
        await enrol(taken.enrolment, by);
        logger.info({ url: taken.enrolment.url, username: taken.enrolment.username, ...by }, 'terminal enrolled');
        offered = null;
      } catch (error) {
        if (!(error instanceof ExpectedError)) logger.error({ err: error }, 'failed to enrol');
        const fault = error instanceof ExpectedError ? error.message : 'Enrolment failed: see the log.';
        offered = { ...taken, at: now(), step: 'failed', fault };
      }
      return false;
    },
    cancel(): void {
      if (offered?.step !== 'under-way') offered = null;
    },
  };
}

/** A hash of the whole code, which nobody finds by it. */
function nameOf({ url, username, code, caFingerprint }: Enrolment): string {
  return createHash('sha256')
    .update(JSON.stringify([url, username, code, caFingerprint]))
    .digest('base64url');
}

/** Finds the enrolment after a prefix that the scanner may add. */
function enrolmentIn(text: string): Enrolment | null {
  try {
    return parseEnrolment(text.slice(Math.max(0, text.indexOf('https://'))));
  } catch {
    return null;
  }
}
