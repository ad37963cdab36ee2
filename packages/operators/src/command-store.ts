import { askHidden, askShown, ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import { type Store, storeFault, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { commandFrom, type Identity, identifyOperator, systemUser } from './command-identity.ts';
import {
  noteFailedLogin,
  type Operation,
  recordEvent,
  runLongOperation,
  runOperation,
  runReading,
} from './operation.ts';
import { mayOperateFor } from './people/operator.ts';
import type { Permission, Role } from './people/role.ts';
import type { OperatorTables } from './people/tables.ts';
import { createApiTokens } from './tokens/api-tokens.ts';
import type { OperationTables } from './transparency-log/log-tables.ts';
import { auditLogOf } from './transparency-log/transparency-log.ts';

/** What a command destroys; the user confirms by typing its name. Scheme 5.3.2.3. */
type Destruction<DB> = {
  readonly name: string;
  readonly yes: boolean | undefined;
  /**
   * Without a terminal `--yes` is required, because the arguments do not name everything that is affected. With
   * `to-do-more-than-say`, only for `confirm`, a missing `--yes` is no failure: the command was asked what would happen.
   */
  readonly needsYes?: boolean | 'to-do-more-than-say' | undefined;
  /** What will happen, and to how many, in whole sentences; null if there is nothing of this name. */
  readonly says: (store: Store<DB>) => Promise<string | null>;
};

/** The option, and what it does, of every command that asks for the name that it was given. */
export const YES = ['--yes', 'do it without asking for the name'] as const;

/** What a command does, and the permission that it needs. */
type AskedOfStore = {
  readonly name: string;
  readonly what: object;
  /** Null if everybody with access to the machine may do it, as for `look`. */
  readonly needs: Permission | null;
  /** A further permission that it takes for what was asked. */
  readonly takes?: Permission | undefined;
  readonly cinemaCodes?: readonly string[] | undefined;
  /** It takes too long for one transaction: `runLongOperation`. */
  readonly inParts?: boolean | undefined;
};

/** How commands get at a service's store: opened for the time of one command, beside a running service. */
export type CommandStore<DB> = {
  /** For the state of the service itself, as in `keys status`, and for what `change` needs to know first. */
  read<T>(run: (store: Store<DB>) => Promise<T>): Promise<T>;
  /**
   * Shows or exports data on guests, business or people, and records who did (`runReading`). What `run` prints is written
   * as JSON lines and counted as `rows`; what it returns is recorded too. Data are shown even if the disk is full.
   */
  look(
    asked: Pick<AskedOfStore, 'name' | 'what'>,
    run: (store: Store<DB>, print: (line: object) => void) => Promise<object | undefined>,
  ): Promise<void>;
  /** Changes something and records who did, in one transaction: `runOperation`. One that fails or is not permitted leaves an entry. */
  change<T>(
    asked: AskedOfStore,
    change: (store: Store<DB>, actor: string) => Promise<T>,
    outcome?: (result: T) => object,
  ): Promise<T>;
  /**
   * Asks for confirmation of what a change destroys, before it: nothing is locked during the question. Refuses those who may not do
   * it before asking, as `change` does. Returns whether to go on.
   */
  confirm(asked: AskedOfStore, destroys: Destruction<DB>): Promise<boolean>;
};

type CommandSettings = {
  readonly SECOND_FACTOR_ROLES: readonly Role[];
  readonly OPERATOR_TOKEN?: string | undefined;
};

/**
 * The store of a program's commands, on behalf of the operator named with its option `--operator`. Commands that change something
 * require an operator once the store has one, and ask for the password at the terminal; a script sets `OPERATOR_TOKEN`. Scheme
 * 5.3.2.1; reading S4.
 */
export function createCommandStore<S extends CommandSettings, DB extends OperatorTables & OperationTables>(
  program: Command,
  options: {
    settings(): S;
    open(settings: S): Promise<Store<DB>>;
    now(): number;
    /** Asks for what is not shown while it is typed; null if there is no terminal. */
    ask?: (question: string) => Promise<string | null>;
    askName?: (question: string) => Promise<string | null>;
  },
): CommandStore<DB> {
  program
    .option('--operator <name>', 'who runs a command that changes something; the password is asked at the terminal')
    .configureHelp({ showGlobalOptions: true });
  const { settings, open, now, ask = askHidden, askName = askShown } = options;
  let identity: Identity | undefined;

  /** Finds out once who runs the command. @throws ExpectedError if they may not do what it asks for; an entry records it */
  async function mayRun(store: Store<OperatorTables & OperationTables>, asked: AskedOfStore): Promise<By> {
    const { OPERATOR_TOKEN: token, SECOND_FACTOR_ROLES: secondFactorRoles } = settings();
    const operator: string | undefined = program.opts().operator;
    async function refuse(event: Omit<Operation, 'now'>, sentence: string): Promise<never> {
      await recordEvent(store, { ...event, now, failed: true });
      throw new ExpectedError(sentence);
    }
    const refuseTo = (by: By, { reason, sentence }: { reason: string; sentence: string }) =>
      refuse(operationOf({ ...asked, what: { ...asked.what, reason } }, by, now), sentence);

    if (operator === undefined && token === undefined) {
      const byNobody = { actor: systemUser(), from: commandFrom(), secondFactor: null, byMachine: true };
      if (!(await asksForOperator(store, asked.needs))) return byNobody;
      return refuseTo(byNobody, { reason: 'no operator given', sentence: NO_OPERATOR });
    }
    const from = `${commandFrom()}, user ${systemUser()}`;
    const found =
      identity ??
      (operator === undefined
        ? { secondFactor: null, ...(await createApiTokens(store, now).judge(token ?? '')) }
        : await identifyOperator(store, operator, { now, ask, secondFactorRoles }));
    if ('refused' in found) {
      const what = { command: asked.name, reason: found.refused };
      await noteFailedLogin(withTables(store), { actor: found.actor, from, what, now });
      throw new ExpectedError(found.sentence);
    }
    identity = found;
    const by = { ...found, from, byMachine: operator === undefined };
    const fault = faultIn(found, asked);
    return fault === null ? by : refuseTo(by, fault);
  }

  async function read<T>(run: (store: Store<DB>) => Promise<T>): Promise<T> {
    const store = await open(settings());
    await using _ = { [Symbol.asyncDispose]: () => store.close() };
    return await run(store);
  }

  /** Entries get their places in the audit at once, even if no service runs. The next command makes up for a failure. */
  async function changing<T>(asked: AskedOfStore, run: (store: Store<DB>, by: By) => Promise<T>): Promise<T> {
    return read(async (store) => {
      try {
        return await run(store, await mayRun(withTables(store), asked));
      } finally {
        await auditLogOf(store)
          .sequence()
          .catch(() => {});
      }
    });
  }

  return {
    read,
    async look(asked, run) {
      let rows = 0;
      const print = (line: object) => {
        printResult(JSON.stringify(line));
        rows += 1;
      };
      let looked = false;
      const looking = async (store: Store<DB>) => {
        looked = true;
        return (await run(store, print)) ?? {};
      };
      try {
        const look = { ...asked, needs: null };
        await changing(look, (store, by) =>
          runReading(store, { ...operationOf(look, by, now), byMachine: by.byMachine }, looking, (came) => ({
            rows,
            ...came,
          })),
        );
      } catch (error) {
        const fault = storeFault(error);
        if (looked || fault === null) throw error;
        // What a full disk holds must be seen, most of all while the service cannot run.
        await read(looking);
        printNotice(`This could not be written down in the audit: ${fault}.`);
      }
    },
    change: (asked, change, outcome) =>
      changing(asked, (store, by) => {
        const run: typeof runOperation = asked.inParts ? runLongOperation : runOperation;
        return run(store, operationOf(asked, by, now), (within) => change(within, by.actor), outcome);
      }),
    confirm: (asked, destroys) =>
      changing(asked, async (store) => {
        const sentences = await destroys.says(store);
        return sentences === null || confirmByName(destroys, sentences, askName);
      }),
  };
}

/** Who did something, from where, and what they showed beside the password; null if that was nothing. */
type By = {
  readonly actor: string;
  readonly from: string;
  readonly secondFactor: Identity['secondFactor'];
  readonly byMachine: boolean;
};

function operationOf({ name, what }: AskedOfStore, { actor, from, secondFactor }: By, now: () => number): Operation {
  return { name, actor, from, now, what: secondFactor === null ? what : { ...what, secondFactor } };
}

const NO_OPERATOR =
  'This service has operators: say with --operator who you are, or set OPERATOR_TOKEN to an API token. Where no administrator can log in any more, see `operator recover --help`.';

/**
 * Whether nobody may run a command without saying who they are: once there is an operator. As long as no administrator is among
 * them that could, what needs one who manages operators is free, so that the first can be added.
 */
async function asksForOperator({ db }: Store<OperatorTables>, needs: Permission | null): Promise<boolean> {
  if (needs === null) return false;
  const known = db.selectFrom('operator').select('username').limit(1);
  const asked =
    needs === 'operators.manage' ? known.where('role', '=', 'administrator').where('disabledAt', 'is', null) : known;
  return (await asked.execute()).length > 0;
}

/** Why somebody may not do what a command asks for; null if they may. */
function faultIn(
  { actor, cinemaCodes, permits }: Identity,
  { needs, takes, cinemaCodes: asked }: AskedOfStore,
): { reason: string; sentence: string } | null {
  if (needs === null) return null;
  const lacking = [needs, takes].find((one) => one !== undefined && !permits(one));
  if (lacking !== undefined) {
    const sentence = `${nameOf(actor)} may not do that: it takes the permission ${lacking}.`;
    return { reason: 'not permitted', sentence };
  }
  if (cinemaCodes === 'all') return null;
  const foreign = asked?.find((cinemaCode) => !mayOperateFor({ cinemaCodes }, cinemaCode));
  if (asked !== undefined && foreign === undefined) return null;
  const sentence =
    foreign === undefined
      ? `${nameOf(actor)} acts only for some cinemas (${cinemaCodes.join(', ')}), and this concerns all of them.`
      : `${nameOf(actor)} does not act for the cinema ${foreign}.`;
  return { reason: 'another cinema', sentence };
}

const nameOf = (actor: string) => (actor.startsWith('token ') ? `The ${actor}` : `The operator ${actor}`);

/**
 * Prints what will happen, and asks for the name to be typed; without a terminal, a script has named it in its arguments.
 * Returns whether it is to be done.
 * @throws ExpectedError if something else was typed, or nobody can be asked although it `needsYes`
 */
async function confirmByName(
  { name, yes, needsYes }: Pick<Destruction<never>, 'name' | 'yes' | 'needsYes'>,
  sentences: string,
  ask: (question: string) => Promise<string | null>,
): Promise<boolean> {
  printNotice(sentences);
  if (yes) return true;
  const typed = await ask(`Type ${name} to go on: `);
  if (typed === null) {
    if (!needsYes) return true;
    if (needsYes === 'to-do-more-than-say') {
      printNotice('Nothing was done: run the command again with --yes to do it.');
      return false;
    }
    throw new ExpectedError(
      'Nothing was done: there is no terminal to confirm it at. A script confirms it with --yes.',
    );
  }
  if (typed.trim() !== name) throw new ExpectedError(`Nothing was done: what was typed is not ${name}.`);
  return true;
}
