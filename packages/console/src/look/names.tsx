import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import type { DayKind, NamedKind } from '@ticket-check/admin/changes';
import type { ReactNode } from 'react';
import { readJson } from '../data/client.ts';
import { Linked } from './screen-link.tsx';
import { businessDateOf } from './shown.ts';
import { Since } from './since.tsx';

type Kind = Exclude<NamedKind, DayKind>;
type Names = Readonly<Partial<Record<Kind, Readonly<Record<string, string>>>>>;

const KEPT_MS = 300_000;
const NAMES = '/names.json';
const readNames = (asked: Readonly<Record<string, string>>) =>
  readJson<Names>(`${NAMES}?${new URLSearchParams(asked)}`);

/** What things of a kind are called, by these codes; empty where there is no name, or it has not come yet. */
export function useNames(of: Kind, codes: readonly string[]): Readonly<Record<string, string>> {
  const once = [...new Set(codes)];
  const names = useQueries({
    queries: once.map((code) => ({
      queryKey: [NAMES, of, code],
      queryFn: () => nameOf(of, code),
      staleTime: KEPT_MS,
      retry: false,
    })),
  });
  return Object.fromEntries(once.map((code, place) => [code, names[place]?.data ?? '']));
}

/** The first things of each kind whose name, code or initials fit a text, by their codes. */
export function useFound(text: string, isWanted = true): Names {
  const { data } = useQuery({
    queryKey: [NAMES, 'find', text],
    enabled: isWanted,
    queryFn: () => readNames({ find: text }),
    placeholderData: keepPreviousData,
    staleTime: KEPT_MS,
    retry: false,
  });
  return data ?? {};
}

/** All names that a page shows are asked for together; at most this many characters of codes fit into an address. */
const MAX_ASKED = 8000;
let next: { readonly codes: Record<Kind, Set<string>>; size: number; readonly names: Promise<Names> } | null = null;

async function nameOf(of: Kind, code: string): Promise<string> {
  if (next === null || next.size > MAX_ASKED) next = askTogether();
  const { codes, names } = next;
  codes[of].add(code);
  next.size += code.length + 3;
  return (await names)[of]?.[code] ?? '';
}

function askTogether() {
  const codes = { cinema: new Set<string>(), account: new Set<string>() };
  const names = new Promise((resolve) => setTimeout(resolve)).then(() => {
    if (next?.codes === codes) next = null;
    const asked = Object.entries(codes).map(([kind, of]) => [kind, [...of].join()] as const);
    return readNames(Object.fromEntries(asked.filter(([, of]) => of !== '')));
  });
  return { codes, size: 0, names };
}

/** A name with its code in small; only the code if it has no name. */
export function Named({ name, code }: { name?: string | null | undefined; code: string }) {
  if (!name || name === code) return <code className="one-line">{code}</code>;
  return (
    <span className="named">
      {name}
      {code === '' ? null : (
        <>
          {' '}
          <code className="quiet">{code}</code>
        </>
      )}
    </span>
  );
}

/** The name of a screen with its code, which no line ends within. */
export const ScreenName = ({ of: { ScreenName: name, ScreenCode: code = '' } }: { of: Partial<SessionOf> }) => (
  <span className="one-line">
    <Named name={name} code={code} />
  </span>
);

/** The one cinema that there is; empty if there are several, or it is not known yet. */
export function useOnlyCinema(): string {
  const [only = '', ...others] = Object.keys(useFound('').cinema ?? {});
  return others.length === 0 ? only : '';
}

export const CinemaName = ({ code }: { code: string }) => <Named name={useNames('cinema', [code])[code]} code={code} />;

export const Cinema = ({ code }: { code: string }) => (
  <Linked to={`/cinemas?cinema=${code}`}>
    <CinemaName code={code} />
  </Linked>
);

export const AccountName = ({ username }: { username: string }) => (
  <Named name={useNames('account', [username])[username]} code={username} />
);

/** The account of a terminal, or of a platform at the national one. */
export function Account({ username }: { username: string }) {
  const query = encodeURIComponent(username);
  return (
    <Linked to={[`/fleet?q=${query}`, `/platforms?platform=${query}`]}>
      <AccountName username={username} />
    </Linked>
  );
}

export const Operator = ({ username }: { username: string }) => (
  <Linked to={`/operators/one?username=${encodeURIComponent(username)}`}>
    <span className="one-line">{username}</span>
  </Linked>
);

export const RecordLink = ({ id, children }: { id: string; children: ReactNode }) => (
  <Linked to={`/records/${id}`}>{children}</Linked>
);

/** A terminal finds tickets by their code only. */
export type TicketOf = {
  readonly FilmTicketCode: string;
  readonly CinemaCode?: string | null;
  readonly StartTime?: string | null;
};

/** The code of a ticket, which leads to what is known of it. */
export function Ticket({ of }: { of: TicketOf }) {
  const { FilmTicketCode: ticket, CinemaCode: cinema, StartTime: start } = of;
  const query = new URLSearchParams({ cinema: cinema ?? '', ticket, start: start ?? '' });
  return (
    <Linked to={[`/ticket?${query}`, `/tickets?${query}`, `/lookup?ticket=${ticket}`]}>
      <code className="one-line">{ticket}</code>
    </Linked>
  );
}

export type SessionOf = { readonly CinemaCode: string; readonly StartTime: string } & {
  readonly [name in 'ScreenCode' | 'ScreenName' | 'FilmCode' | 'FilmName' | 'SessionCode']?: string | undefined;
};

/** A session by its time, screen, film and, where there are several, cinema; it leads to its check records. */
export function Session({ of }: { of: SessionOf }) {
  const { CinemaCode, StartTime, FilmCode = '', FilmName, SessionCode } = of;
  const asked = { businessDate: businessDateOf(StartTime), cinema: CinemaCode, session: SessionCode ?? '' };
  const time = <Since at={StartTime} />;
  const isOnly = useOnlyCinema() === CinemaCode;
  return (
    <div className="session">
      {SessionCode ? <Linked to={`/records?${new URLSearchParams(asked)}`}>{time}</Linked> : time}{' '}
      {of.ScreenCode || of.ScreenName ? <ScreenName of={of} /> : null}
      {FilmCode || FilmName ? (
        <div>
          <Named name={FilmName} code={FilmCode} />
        </div>
      ) : null}
      {isOnly ? null : (
        <div className="quiet">
          <Cinema code={CinemaCode} />
        </div>
      )}
    </div>
  );
}
