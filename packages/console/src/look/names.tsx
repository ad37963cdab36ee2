import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { DayKind, NamedKind } from '../begin/begun.ts';
import { readJson } from '../data/client.ts';
import { initialsOf } from './pinyin.ts';
import { ScreenLink } from './screen-link.tsx';
import { businessDateOf, shownTime } from './shown.ts';

type Kind = Exclude<NamedKind, DayKind>;
type Names = Readonly<Partial<Record<Kind, Readonly<Record<string, string>>>>>;

/** Names change rarely. */
const KEPT_MS = 300_000;

/**
 * What things of a kind are called, by their codes: those that the operator may see. Empty where there is no name.
 *
 * @param isWanted whether they are asked for: there may be many thousands
 */
export function useNames(of: Kind, isWanted = true): Readonly<Record<string, string>> {
  const { data } = useQuery({
    queryKey: ['/names.json'],
    enabled: isWanted,
    queryFn: ({ signal }) => readJson<Names>('/names.json', signal),
    staleTime: KEPT_MS,
    retry: false,
  });
  return data?.[of] ?? NONE;
}

const NONE = {};

/** What a thing is found by: its name, its code and the initials of its pinyin, in small letters. */
export const foundBy = ({ name, code }: { name: string; code: string }): string =>
  `${name} ${code} ${initialsOf(name)}`.toLowerCase();

/** A name with its code in small; only the code if it has no name. */
export function Named({ name, code }: { name?: string | null | undefined; code: string }) {
  if (!name || name === code) return <code>{code}</code>;
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

/** A thing that leads to the first of some screens that the operator's menu has; where it has none, only the thing. */
export function Linked({ to, children }: { to: string | readonly string[]; children: ReactNode }) {
  return (
    <ScreenLink href={to} instead={children}>
      {children}
    </ScreenLink>
  );
}

export function CinemaName({ code }: { code: string }) {
  return <Named name={useNames('cinema')[code]} code={code} />;
}

/** A cinema, which leads to its keys. */
export function Cinema({ code }: { code: string }) {
  return (
    <Linked to={[`/cinemas?cinema=${code}`]}>
      <CinemaName code={code} />
    </Linked>
  );
}

/** The account of a terminal, or of a platform at the national one. */
export function Account({ username }: { username: string }) {
  const query = encodeURIComponent(username);
  return (
    <Linked to={[`/fleet?q=${query}`, `/platforms?platform=${query}`]}>
      <Named name={useNames('account')[username]} code={username} />
    </Linked>
  );
}

export function Operator({ username }: { username: string }) {
  return <Linked to={[`/operators/one?username=${encodeURIComponent(username)}`]}>{username}</Linked>;
}

/** Leads from a time or a code to its check record. */
export function RecordLink({ id, children }: { id: string; children: ReactNode }) {
  return <Linked to={[`/records/${id}`]}>{children}</Linked>;
}

/** A terminal finds tickets by their code only. */
type TicketOf = {
  readonly FilmTicketCode: string;
  readonly CinemaCode?: string | null;
  readonly StartTime?: string;
};

/** The code of a ticket, which leads to what is known of it. */
export function Ticket({ of }: { of: TicketOf }) {
  const { FilmTicketCode: ticket, CinemaCode: cinema, StartTime: start = '' } = of;
  const query = new URLSearchParams({ cinema: cinema ?? '', ticket, start });
  return (
    <Linked to={[`/ticket?${query}`, `/tickets?${query}`, `/lookup?ticket=${ticket}`]}>
      <code>{ticket}</code>
    </Linked>
  );
}

type SessionOf = {
  readonly CinemaCode: string;
  readonly StartTime: string;
  readonly ScreenCode?: string | undefined;
  readonly ScreenName?: string | undefined;
  readonly FilmCode?: string | undefined;
  readonly FilmName?: string | undefined;
  readonly SessionCode?: string | undefined;
};

/** A session by its time, screen, film and cinema; it leads to its check records. */
export function Session({ of }: { of: SessionOf }) {
  const { CinemaCode, StartTime, ScreenCode = '', ScreenName, FilmCode = '', FilmName, SessionCode } = of;
  const asked = { businessDate: businessDateOf(StartTime), cinema: CinemaCode, session: SessionCode ?? '' };
  return (
    <>
      {SessionCode ? (
        <Linked to={[`/records?${new URLSearchParams(asked)}`]}>{shownTime(StartTime)}</Linked>
      ) : (
        shownTime(StartTime)
      )}{' '}
      {ScreenCode || ScreenName ? <Named name={ScreenName} code={ScreenCode} /> : null}
      {FilmCode || FilmName ? (
        <div>
          <Named name={FilmName} code={FilmCode} />
        </div>
      ) : null}
      <div className="quiet">
        <Cinema code={CinemaCode} />
      </div>
    </>
  );
}
