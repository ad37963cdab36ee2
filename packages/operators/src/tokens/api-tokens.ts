import { type CinemaCode, parseWallClock, storedCinemas, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { ExpectedError, OperationRefused } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { isOperatorName, NAME_RULE } from '../people/operator.ts';
import { keptCinemas } from '../people/operators.ts';
import { hashOfToken, makeToken } from '../people/passwords.ts';
import type { Permission } from '../people/role.ts';
import type { OperatorTables } from '../people/tables.ts';

/** By which a token that lies where it should not is recognised. */
const PREFIX = 'tct_';
const LONGEST_DAYS = 400;
/** The time of the last use is written when it is this old. */
const USED_EVERY_MS = 60_000;

/** Before its name, where operations name a token as who did something: no username looks like it. */
const TOKEN_ACTOR = 'token ';

type TokenScope = {
  readonly permissions: readonly Permission[];
  readonly cinemaCodes: readonly CinemaCode[] | 'all';
};

/** Who asks, as operations name them, and what they may do now. */
export type Asker = {
  readonly actor: string;
  readonly cinemaCodes: TokenScope['cinemaCodes'];
  permits(permission: Permission): boolean;
};

/** `actor`: null if unknown, as a password may have been typed; `refused`: as the audit says it; `sentence`: for who asks. */
export type AskerRefused = { readonly actor: string | null; readonly refused: string; readonly sentence: string };

const FAULTS = {
  unknown: { status: 404, zh: '没有这个令牌。', en: 'There is no such token: `token list` shows them.' },
  taken: {
    status: 409,
    zh: '该名称已被使用过，请换一个。',
    en: 'That name is taken: choose another one. `token list` shows them.',
  },
  'bad-name': {
    status: 400,
    zh: `名称不符合要求：${NAME_RULE.zh}。`,
    en: `That name cannot be used: ${NAME_RULE.en}.`,
  },
  'bad-end': {
    status: 400,
    zh: `最后有效日期须在今后 ${LONGEST_DAYS} 天之内。`,
    en: `A token ends within ${LONGEST_DAYS} days, and not in the past.`,
  },
} as const;

/** Why something cannot be done with a token. */
class TokenFault extends OperationRefused {
  constructor(code: keyof typeof FAULTS) {
    super(code, FAULTS[code]);
  }
}

/** Tokens for machines. What changes something is run as an operation (`runOperation`). Reading S4. */
export function createApiTokens(store: Store<OperatorTables>, now: () => number) {
  const rows = () =>
    store.db
      .selectFrom('apiToken')
      .leftJoin('operator', 'operator.username', 'apiToken.addedBy')
      .select(['name', 'permissions', 'apiToken.cinemaCodes', 'endsAt', 'usedAt', 'revokedAt', 'apiToken.createdAt'])
      .select(['addedBy', 'disabledAt as heldAt']);

  async function judge(secret: string): Promise<Asker | AskerRefused> {
    const unknown = { actor: null, refused: 'unknown token', sentence: 'OPERATOR_TOKEN is no token of this service.' };
    if (!/^tct_[\w-]{43}$/.test(secret)) return unknown;
    const tokenHash = hashOfToken(secret);
    const [row] = await store.readCommitted(rows().where('tokenHash', '=', tokenHash).compile());
    if (row === undefined) return unknown;
    const { name } = row;
    const actor = `${TOKEN_ACTOR}${name}`;
    const refuse = (refused: string, sentence: string) => ({ actor, refused, sentence });
    if (row.revokedAt !== null) return refuse('token revoked', `The token ${name} was revoked at ${row.revokedAt}.`);
    if (row.endsAt <= wallClockAt(now()))
      return refuse('token ended', `The token ${name} of OPERATOR_TOKEN ended at ${row.endsAt}.`);
    if (row.heldAt !== null)
      return refuse('token held', `The token ${name} does not work while ${row.addedBy}, who made it, is disabled.`);
    if (row.usedAt === null || now() - row.usedAt >= USED_EVERY_MS) {
      await store.db.updateTable('apiToken').set({ usedAt: now() }).where('tokenHash', '=', tokenHash).execute();
    }
    const { permissions, cinemaCodes } = scopeIn(row);
    return { actor, cinemaCodes, permits: (permission) => permissions.includes(permission) };
  }

  async function makerOf(actor: string): Promise<string | null> {
    const by = actor.startsWith(TOKEN_ACTOR)
      ? store.db
          .selectFrom('apiToken')
          .select('addedBy as username')
          .where('name', '=', actor.slice(TOKEN_ACTOR.length))
      : store.db.selectFrom('operator').select('username').where('username', '=', actor);
    return (await by.executeTakeFirst())?.username ?? null;
  }

  return {
    judge,
    /** The holder of a secret; null if there is no such token, or it does not work. */
    async find(secret: string) {
      const judgement = await judge(secret);
      return 'refused' in judgement ? null : judgement;
    },
    async list() {
      const listed = await rows().orderBy('name').execute();
      // It works for its operator, and not while they are disabled.
      return listed.map(({ heldAt, ...row }) => ({ ...row, ...scopeIn(row), isHeld: heldAt !== null }));
    },
    /**
     * Adds a token of an operator and returns its secret; only the hash is stored. `actor` is as operations name it: a token that a
     * token adds belongs to that token's operator.
     * @throws TokenFault if the name is invalid or taken, or the end is not within 400 days.
     */
    async add(added: TokenScope & { name: string; endsAt: WallClock; actor: string }) {
      const { name, permissions, cinemaCodes, endsAt, actor } = added;
      if (!isOperatorName(name)) throw new TokenFault('bad-name');
      if (endsAt <= wallClockAt(now()) || endsAt > wallClockAt(now() + LONGEST_DAYS * 86_400_000)) {
        throw new TokenFault('bad-end');
      }
      const secret = `${PREFIX}${makeToken()}`;
      const inserted = await store.db
        .insertInto('apiToken')
        .values({
          name,
          endsAt,
          tokenHash: hashOfToken(secret),
          createdAt: wallClockAt(now()),
          addedBy: await makerOf(actor),
          permissions: JSON.stringify([...new Set(permissions)].toSorted()),
          cinemaCodes: keptCinemas(cinemaCodes),
          usedAt: null,
          revokedAt: null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('name')
        .execute();
      if (inserted.length === 0) throw new TokenFault('taken');
      return secret;
    },
    /** Revokes a token. @throws TokenFault if there is no such token. */
    async revoke(name: string) {
      const revoked = await store.db
        .updateTable('apiToken')
        .set((eb) => ({ revokedAt: eb.fn.coalesce('revokedAt', eb.val(wallClockAt(now()))) }))
        .where('name', '=', name)
        .returning('name')
        .execute();
      if (revoked.length === 0) throw new TokenFault('unknown');
    },
  };
}

function scopeIn({ permissions, cinemaCodes }: { permissions: string; cinemaCodes: string }): TokenScope {
  return {
    permissions: JSON.parse(permissions) as Permission[],
    cinemaCodes: storedCinemas(cinemaCodes),
  };
}

/** The end of a day in China, `YYYY-MM-DD`. @throws ExpectedError if it is no day. */
export function parseEnd(date: string): WallClock {
  try {
    return parseWallClock(`${date}T23:59:59`);
  } catch {
    throw new ExpectedError(`${JSON.stringify(date)} is no day: write it as 2026-12-31`);
  }
}
