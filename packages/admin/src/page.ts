import { type Operator, type Permission, permits, type Role, type Session } from '@ticket-check/operators';
import type { ZodType } from 'zod';
import type { InEachLanguage, Language } from './language.ts';
import type { SentTexts } from './sent-texts.ts';
import type { ShownList } from './shown-change.ts';

/**
 * Who may open a page: those with a permission; `logged in`, everybody who is; `own password`, also those who still have to set
 * up the second factor that their role needs; `session`, also those with a one-time password.
 */
export type Access = Permission | 'logged in' | 'own password' | 'session';

export type Permits = (permission: Permission) => boolean;

/** What a machine, a screen or an operator's script asks with. */
export type JsonRequest = {
  /** The cinemas whose data may be shown. */
  readonly cinemaCodes: Operator['cinemaCodes'];
  /** Who asks, as the audit names them: an operator, or `token daily-report`. */
  readonly actor: string;
  /** Whether a machine asks with a token, and no operator. */
  readonly byToken: boolean;
  /** Whether the operator has another permission that part of the answer needs. */
  readonly permits: Permits;
  /** The names of a kind that they may see, by code; null where this service has none for them. */
  readonly namesOf?: (kind: NamesSource['kind']) => Promise<readonly (readonly [code: string, name: string])[] | null>;
  readonly address: string;
  readonly language: Language;
  readonly query: SentTexts;
  /** Aborted once nobody waits for the answer any more. */
  readonly signal: AbortSignal;
};

/** The parameters of a list, for operators and tokens. */
export type AskedList = Pick<JsonRequest, 'cinemaCodes' | 'query'>;

/** What `/openapi.json` says of data or a change beyond its path and permission. */
export type Described = {
  readonly title: InEachLanguage;
  readonly query?: Readonly<Record<string, ZodType>>;
  readonly body?: ZodType;
  readonly answer?: ZodType;
};

type Source<Answer> = {
  readonly path: string;
  readonly permission: Permission;
  readonly describes?: Described;
  /** @throws PageError, DataRefused if the query cannot be answered. */
  readonly handler: (request: JsonRequest) => Promise<Answer>;
};

/** Data that a capability offers as JSON: to its operators, and to machines with a token. Nothing is changed by it. */
export type JsonSource = Source<object>;

/** What is sent while it is made, so that it may be of any length. */
export type SentFile = {
  readonly type: string;
  /** The name under which a browser keeps it; null if a script reads it. */
  readonly name: string | null;
  /** If it fails after something was sent, the connection is cut, so that nobody takes a part for the whole. */
  readonly body: AsyncIterable<string | Uint8Array>;
};

export type FileSource = Source<SentFile>;

/** A page that the console built with React shows: the server answers its path with the console's HTML. */
type Screen = {
  /** As Fastify reads it: `/records/:recordId` is each record's. */
  readonly path: string;
  readonly permission: Access;
  /** Its entry in the menu; null if other screens lead to it. */
  readonly label: InEachLanguage | null;
};

/** Data that is pushed to screens when it changes (`GET /events?topic=…`). */
export type LiveTopic = {
  readonly name: string;
  readonly permission: Permission;
  /** How often it is read at most, in milliseconds; by default once a second. */
  readonly everyMs?: number;
  /** Further permissions that add data: `permits` answers for these. */
  readonly besides?: readonly Permission[];
  /**
   * Reads the data for operators of these cinemas, with the rest of the query; called while somebody listens, once for all with
   * the same query. `signal` is aborted when the last listener leaves.
   * @throws PageError, DataRefused if the query cannot be answered.
   */
  readonly read: (request: Pick<JsonRequest, 'cinemaCodes' | 'query' | 'signal' | 'permits'>) => Promise<object>;
};

/** The codes of a kind with their names; a missing name is empty. Of several sources for a kind, the last one that a person may see counts. */
export type NamesSource = {
  readonly kind: 'cinema' | 'account';
  readonly permission: Permission;
  readonly names: (cinemaCodes: Operator['cinemaCodes']) => Promise<readonly (readonly [code: string, name: string])[]>;
};

export type PageSet = {
  readonly name: string;
  /** An entry of its own in the menu, which leads to another port of the host. */
  readonly link?: {
    readonly path: string;
    readonly label: InEachLanguage;
    readonly permission: Permission;
    readonly to: (host: string) => string;
  };
  readonly screens?: readonly Screen[];
  readonly json?: readonly JsonSource[];
  readonly files?: readonly FileSource[];
  readonly live?: readonly LiveTopic[];
  /** How much waits at its screens for somebody, by the path of the screen: the menu shows it. */
  readonly counts?: readonly {
    readonly path: string;
    readonly permission: Permission;
    readonly count: (cinemaCodes: Operator['cinemaCodes']) => Promise<number>;
  }[];
  /** What its screens call things instead of by their codes: `/names.json?cinema=<code>,<code>`, or those that `?find=<text>` fits. */
  readonly names?: readonly NamesSource[];
  readonly lists?: Readonly<Record<string, ShownList>>;
  readonly actions?: readonly Action[];
};

export type FirstDuty = ReturnType<typeof createFirstDuty>;

/**
 * Names the page of what an operator has to do before anything else: passwords that others issued are changed first; then whose role
 * needs a second factor sets one up.
 */
export function createFirstDuty(secondFactorRoles: readonly Role[]) {
  return ({ oneTimeUntil, role, hasSecondFactor }: Operator): '/password' | '/account' | null => {
    if (oneTimeUntil !== null) return '/password';
    return secondFactorRoles.includes(role) && !hasSecondFactor ? '/account' : null;
  };
}

/** Whether a role has a permission; what is declared without one is for everybody who has nothing to do before. */
export function mayAsk(role: Role, access: Access, duty: ReturnType<FirstDuty> = null): boolean {
  if (access === 'session') return true;
  if (access === 'own password') return duty !== '/password';
  return duty === null && (access === 'logged in' || permits(role, access));
}

export function menuFor(sets: readonly PageSet[], may: (access: Access) => boolean) {
  return sets.flatMap(({ screens = [], link }) => [
    ...screens.flatMap(({ path, label, permission }) =>
      label !== null && may(permission) ? [{ path, label, isScreen: true }] : [],
    ),
    ...(link !== undefined && may(link.permission) ? [{ path: link.path, label: link.label, isScreen: false }] : []),
  ]);
}

/** What a screen asks to be changed; `body` as the schema of the action reads it, without the password. */
export type ActionRequest<Body> = {
  readonly session: Session;
  readonly operator: Operator;
  readonly language: Language;
  readonly address: string;
  /** The host and port that the browser has for this console. */
  readonly host: string;
  readonly body: Body;
  /** Gives the browser another session; the page is to be loaded again. */
  setSession(token: string): void;
};

/**
 * A change that screens ask for: `POST` of JSON to its path, with the token of `/console.json` in the header `x-csrf-token`.
 * What is refused is answered as JSON, `{ "error": code }`.
 */
export type Action = {
  readonly path: string;
  readonly permission: Access;
  /** Has the operator give their password again, as `password`: a browser left open does not destroy anything. */
  readonly needsPassword?: boolean;
  readonly needsReason?: boolean;
  readonly destroys?: boolean;
  readonly hasPreview?: boolean;
  /** What it is called, so that dialogs offer it; what is sent, where `body` does not say all of it. */
  readonly describes?: Pick<Described, 'title' | 'body'>;
  /** Reads what was sent; what it refuses is answered with `bad-input`. */
  readonly body: ZodType;
  /** Changes something, as an operation, and answers the screen. @throws Refused if nothing was changed */
  handler(request: ActionRequest<unknown>): Promise<object>;
};

export function action<Body>(
  definition: Omit<Action, 'body' | 'handler'> & {
    readonly body: ZodType<Body>;
    handler(request: ActionRequest<Body>): Promise<object>;
  },
): Action {
  return definition;
}
