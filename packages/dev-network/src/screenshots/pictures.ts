/** A picture in the documents: `docs/pictures/<name>.webp`, and in Chinese `docs/zh/pictures/<name>.webp`. */
export type Picture = {
  readonly name: string;
  /** The screenshots that it is made of, beside each other. `LANGUAGE` stands for the language of the document. */
  readonly of: readonly string[];
  /** What is shown of each, in its pixels: from `top` on, the whole width. */
  readonly top?: number;
  readonly height: number;
  /** How wide each is shown. */
  readonly width: number;
};

const console = (name: string, page: string, part: Pick<Picture, 'top' | 'height'>): Picture => ({
  name,
  of: [`${page}-LANGUAGE-1440-light`],
  width: 1080,
  ...part,
});

/** Which screenshot becomes which picture of the documents. `e2e/documents` holds them to what the documents show. */
export const PICTURES: readonly Picture[] = [
  console('today', 'third-party-platform/today', { height: 1080 }),
  {
    name: 'e-ticket',
    of: ['sold', 'entered', 'refunded'].map((state) => `e-ticket/${state}-390`),
    height: 844,
    width: 300,
  },
  {
    name: 'kiosk',
    of: ['admitted', 'already-entered'].map((answer) => `kiosk/${answer}-1280`),
    height: 800,
    width: 480,
  },
  // The usher's page.
  {
    name: 'answers',
    of: ['admitted', 'already-entered', 'call-staff', 'not-a-ticket'].map((answer) => `kiosk/${answer}-1280`),
    height: 800,
    width: 320,
  },
  console('terminal', 'terminal-agent/state', { top: 50, height: 220 }),
  // The supervisor's.
  console('terminals', 'third-party-platform/fleet', { height: 700 }),
  console('override', 'terminal-agent/refusals-override', { height: 820 }),
  console('claims', 'third-party-platform/claims', { height: 600 }),
  console('worklist', 'third-party-platform/worklist', { height: 640 }),
  console('reconciliation', 'third-party-platform/reconciliation-done', { height: 640 }),
  console('records', 'third-party-platform/records', { height: 640 }),
  // The administrator's.
  console('second-factor', 'third-party-platform/account-second-factor', { height: 800 }),
  console('operator', 'third-party-platform/operators-issued', { height: 420 }),
  console('enrolment', 'third-party-platform/accounts-enrolled', { height: 720 }),
  console('keys', 'third-party-platform/cinemas', { height: 560 }),
  console('intake', 'national-platform/intake', { height: 500 }),
  // The auditor's.
  console('audit', 'third-party-platform/audit', { height: 640 }),
  console('report', 'third-party-platform/report', { height: 560 }),
  console('record', 'third-party-platform/records-one', { height: 640 }),
];
