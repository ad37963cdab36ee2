import {
  createPasskeys,
  createSecondFactors,
  createSessions,
  type OperationTables,
  type OperatorTables,
  rpIdOf,
  type Sessions,
  tryOperation,
} from '@ticket-check/operators';
import type { Store } from '@ticket-check/storage';
import { confirmation, formAt, type Table } from '../forms.ts';
import type { Language } from '../language.ts';
import { operationBy, type Page, type PageRequest, type PageSet, type Redirect, shownTime } from '../page.ts';
import { PageError } from '../sent-texts.ts';
import { WORDS as KIT_WORDS } from '../words.ts';
import { WORDS } from './words.ts';

const ACCOUNT = '/account';
const END_OTHERS = `${ACCOUNT}/end-other-sessions`;

/** One's own account: who one is here, and where one is logged in. Scheme 5.3.2.1; reading S4. */
export function accountPages({
  store,
  now,
}: {
  store: Store<OperatorTables & OperationTables>;
  now: () => number;
}): NonNullable<PageSet['pages']> {
  const sessions = createSessions(store, now);
  const secondFactors = createSecondFactors(store, now);

  async function account({ session, operator, language, host, query }: PageRequest): Promise<Page> {
    const words = WORDS[language];
    const listed = await sessions.list(operator.username);
    const passkeys = await createPasskeys(store, now).list(operator.username);
    const { totpSince, recoveryCodes } = await secondFactors.state(operator.username);
    return {
      title: words.title,
      view: 'kit/account',
      data: {
        t: words,
        passkeys: {
          heads: [...Object.values(words.passkeys.columns), words.sessions.columns.action],
          rows: passkeys.map(({ id, name, origin, addedAt, usedAt }) => ({
            cells: [
              name,
              new URL(origin).host,
              addedAt.slice(0, 10),
              usedAt?.slice(0, 16).replace('T', ' ') ?? words.passkeys.never,
            ],
            act: {
              path: `/account/passkeys/remove?${new URLSearchParams({ id })}`,
              label: words.passkeys.remove,
              of: name,
            },
          })),
        },
        passkeysRefused: rpIdOf(host) === null ? KIT_WORDS[language].passkey.isAddress : null,
        totpSince: totpSince?.slice(0, 10) ?? null,
        recoveryCodes,
        done: doneIn(words.done, query.get('done')),
        sessions: sessionTable(language, listed, ({ tokenHash }) =>
          tokenHash === session.tokenHash
            ? words.sessions.thisOne
            : { path: `${ACCOUNT}/end-session`, label: words.sessions.end, sends: tokenHash },
        ),
      },
    };
  }

  async function endSession(request: PageRequest): Promise<Redirect> {
    const { session, operator, form } = request;
    const name = form.get('session') ?? '';
    if (name === session.tokenHash) throw new PageError('bad-input');
    // One that has ended meanwhile is not an error.
    await tryOperation(
      store,
      operationBy(request, now, 'session end', { reason: 'ended by its operator' }),
      (within) => createSessions(within, now).endOne(operator.username, name),
      (ended) => ({ session: { address: ended.address, beganAt: shownTime(ended.beganAt) } }),
    );
    return { redirect: `${ACCOUNT}?done=session-ended` };
  }

  async function endOthersPage({ operator, language }: PageRequest): Promise<Page | Redirect> {
    const { title, text, submit } = WORDS[language].sessions.endOthers;
    const others = (await sessions.list(operator.username)).length - 1;
    // They have ended meanwhile.
    if (others < 1) return { redirect: `${ACCOUNT}?done=others-ended` };
    return confirmation({ title, text: text(others), submit, action: END_OTHERS, back: ACCOUNT, fields: [] });
  }

  async function endOthers(request: PageRequest): Promise<Redirect> {
    const { session, operator } = request;
    await tryOperation(
      store,
      operationBy(request, now, 'session end', { reason: 'ended by its operator' }),
      async (within) => {
        const ended = await createSessions(within, now).endOthers(operator.username, session.tokenHash);
        return ended === 0 ? null : ended;
      },
      (sessionsEnded) => ({ sessionsEnded }),
    );
    return { redirect: `${ACCOUNT}?done=others-ended` };
  }

  return [
    { method: 'get', path: ACCOUNT, access: 'logged in', handler: account },
    { method: 'post', path: `${ACCOUNT}/end-session`, access: 'logged in', handler: endSession },
    ...formAt(END_OTHERS, 'logged in', endOthersPage, endOthers),
  ];
}

/** Sessions as a table; `act` says what can be done with one. */
export function sessionTable(
  language: Language,
  sessions: readonly ListedSession[],
  act: (session: ListedSession) => string | { path: string; label: string; sends?: string },
): Table {
  const rows = sessions.map((session) => {
    const [began, { address }] = [shownTime(session.beganAt), session];
    const done = act(session);
    return {
      cells: [began, address, shownTime(session.seenAt)],
      act: typeof done === 'string' ? done : { ...done, of: `${began} ${address}` },
    };
  });
  return { heads: Object.values(WORDS[language].sessions.columns), rows };
}

type ListedSession = Awaited<ReturnType<Sessions['list']>>[number];

/** What a page says of the change that led to it; nothing where the address names none. */
function doneIn(words: Readonly<Record<string, string>>, done: string | undefined): string | null {
  return done !== undefined && Object.hasOwn(words, done) ? (words[done] ?? null) : null;
}
