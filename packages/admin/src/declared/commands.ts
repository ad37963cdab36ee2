import { type CommandStore, YES } from '@ticket-check/operators';
import { type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { LONGEST_REASON } from '../asked.ts';
import { type Asked, type FilterShape, type Filters, faultsOf, type List } from './list.ts';
import { type DeclaredOperation, OperationRefused, orRefused, reasonIn } from './operation.ts';

/** A command said what it would do, and was not to do it. */
const SAID = Symbol('said');

/** How many rows a command reads at a time. */
const ROWS_AT_A_TIME = 500;

/**
 * Adds a list to a group of commands: its rows as lines of JSON. Filters are options of their names, `--kind <kind>`, except
 * those in `flags` and those that `command` names as its arguments, `sessions <username>`.
 *
 * @param flags options without a value and the filter that each sets
 */
export function listCommand<DB, Source, Shape extends FilterShape, Row extends object, Place>(
  group: Command,
  declared: List<Source, Shape, Row, Place>,
  parts: {
    readonly store: CommandStore<DB>;
    readonly source: (opened: Store<DB>) => Source;
    readonly command: string;
    readonly description: string;
    /** Whether it leaves nothing in the audit: it shows how the service is set up, and nothing of guests, business or people. */
    readonly isQuiet?: boolean;
    readonly flags?: Readonly<Record<string, { readonly says: string; readonly sets: Partial<Filters<Shape>> }>>;
  },
): void {
  const { store, source, flags = {} } = parts;
  const args = [...parts.command.matchAll(/<(\w+)>/g)].map(([, name = '']) => name);
  const set = new Set([...args, ...Object.values(flags).flatMap(({ sets }) => Object.keys(sets))]);
  const command = group.command(parts.command).description(parts.description);
  for (const [name, { says }] of Object.entries(flags)) command.option(`--${name}`, says);
  for (const [name, filter] of Object.entries(declared.filters)) {
    if (!set.has(name)) command.addOption(optionOf(name, filter));
  }
  command.action(async () => {
    const given = command.opts();
    const usual = Object.entries(declared.filters).map(([name, filter]) => [
      name,
      given[name] ?? filter.parse(args.includes(name) ? command.processedArgs[args.indexOf(name)] : undefined),
    ]);
    const isGiven = (flag: string) => given[new Option(`--${flag}`).attributeName()] === true;
    const flagged = Object.entries(flags).flatMap(([name, { sets }]) => (isGiven(name) ? [sets] : []));
    const filters = Object.assign(Object.fromEntries(usual), ...flagged) as Filters<Shape>;
    const { cinema, ...rest } = filters as { cinema?: CinemaCode };
    const what = { ...rest, cinemaCode: cinema };
    const printAll = async (opened: Store<DB>, print: (row: Row) => void) => {
      const cinemas = cinema === undefined ? 'all' : [cinema];
      let after: Asked<Shape, Place>['after'] = null;
      do {
        const page: Awaited<ReturnType<typeof declared.find>> = await declared.find(source(opened), {
          ...{ filters, cinemas, after, limit: ROWS_AT_A_TIME },
        });
        for (const row of page.rows) print(row);
        after = page.next;
      } while (after !== null);
      return undefined;
    };
    if (parts.isQuiet) return store.read((opened) => printAll(opened, (row) => printResult(JSON.stringify(row))));
    return store.look({ name: `${group.name()} ${command.name()}`, what }, printAll);
  });
}

/**
 * Adds an operation to a group of commands.
 *
 * @param options the option of each part of the input, `--ticket <code>`, or its argument, `<gate>`, with what it says; a part
 *   without one is not asked for
 * @param together options that make parts of the input together, or otherwise than the screen sends them
 * @param reason the option of the reason, where it needs one
 */
export function operationCommand<DB, Own, Input extends z.ZodObject, Result, Code extends string, Prepared>(
  group: Command,
  declared: DeclaredOperation<Own, Input, Result, Code, Prepared>,
  parts: {
    readonly store: CommandStore<DB>;
    readonly now: Clock;
    readonly tables: (opened: Store<DB>) => Store<Own>;
    readonly description: string;
    readonly options: { readonly [Name in keyof z.input<Input>]?: readonly [flags: string, says: string] };
    readonly together?: {
      readonly options: readonly Option[];
      readonly read: (given: Readonly<Record<string, unknown>>, command: Command) => Partial<z.output<Input>>;
    };
    readonly reason?: readonly [flags: string, says: string];
    /** What it destroys: its name is typed to go on, after its preview was printed; a script gives `--yes`. */
    readonly destroys?: (input: z.output<Input>) => string;
    /** Without `--yes` and a terminal to ask at, it only says what it would do. */
    readonly saysFirst?: boolean;
    /** What it prints instead of doing it, unless `--yes` is given; `says` describes that option. */
    readonly unlessYes?: {
      readonly says: string;
      readonly print: (opened: Store<Own>, input: z.output<Input>) => Promise<void>;
    };
    /** What is printed once it is done: a sentence, or a line of JSON. */
    readonly done?: string | ((result: Result) => object | string);
    /** What is said after that line. */
    readonly notice?: string;
  },
): void {
  const { store, now, tables, done, notice, unlessYes, together } = parts;
  const { name, permission, takes, what = (asked: object) => asked } = declared;
  const command = group.command(name.split(' ').at(-1) ?? name).description(parts.description);
  const fields = Object.entries(parts.options as Readonly<Record<string, readonly [string, string]>>).map(
    ([part, [flags, says]]) => {
      const schema = declared.input.shape[part] as z.ZodType;
      if (flags.startsWith('<')) {
        const argument = parsedBy(new Argument(flags, says), schema);
        command.addArgument(argument);
        return { part, attribute: argument.name() };
      }
      const option = parsedBy(new Option(flags, says), schema).makeOptionMandatory(!schema.isOptional());
      command.addOption(option);
      return { part, attribute: option.attributeName() };
    },
  );
  for (const option of together?.options ?? []) command.addOption(option);
  const reason =
    parts.reason === undefined
      ? null
      : new Option(parts.reason[0], parts.reason[1])
          .argParser((text) => {
            const read = reasonIn(text);
            if (read === null) throw new InvalidArgumentError(`It must be 1 to ${LONGEST_REASON} characters.`);
            return read;
          })
          .makeOptionMandatory(declared.needsReason);
  if (reason !== null) command.addOption(reason);
  const { destroys } = parts;
  if (destroys !== undefined) command.option(...YES);
  if (unlessYes !== undefined) command.option('--yes', unlessYes.says);
  command.action(async () => {
    const named = command.registeredArguments.map((argument, place) => [argument.name(), command.processedArgs[place]]);
    const given: Readonly<Record<string, unknown>> = { ...command.opts(), ...Object.fromEntries(named) };
    const input = {
      ...Object.fromEntries(fields.map(({ part, attribute }) => [part, given[attribute]])),
      ...together?.read(given, command),
    } as z.output<Input>;
    const at = wallClockAt(now());
    const why = reason === null ? '' : String(given[reason.attributeName()] ?? '');
    if (unlessYes !== undefined && given.yes !== true) {
      return store.read((opened) => unlessYes.print(tables(opened), input));
    }
    const destruction = destroys && {
      name: destroys(input),
      yes: given.yes === true,
      says: async (opened: Store<DB>) => (await declared.preview?.(tables(opened), input))?.en ?? null,
    };
    try {
      const result = await orRefused<Result | typeof SAID, Code>(declared, async () => {
        const { cinemas, prepared } = await store.read(async (opened) => ({
          cinemas: await declared.cinemasOf(input, tables(opened)),
          prepared: (await declared.prepare?.(input, tables(opened))) as Prepared,
        }));
        if (cinemas === null) return null;
        const by = (actor: string) => ({ actor, at, reason: why, prepared });
        const asked = {
          name,
          what: what(input, why),
          needs: takes?.(input) ?? permission,
          ...(cinemas !== 'all' && { cinemaCodes: cinemas }),
        };
        if (parts.saysFirst && destruction) {
          const goesOn = await store.confirm(asked, { ...destruction, needsYes: 'to-do-more-than-say' });
          if (!goesOn) return SAID;
        }
        return store.change(
          { ...asked, ...(destruction && !parts.saysFirst && { destroys: destruction }) },
          (opened, actor) => orRefused(declared, () => declared.change(tables(opened), input, by(actor))),
          (came) => declared.outcome?.(came, by('')) ?? {},
        );
      });
      if (result === SAID) return;
      const said = typeof done === 'function' ? done(result) : done;
      if (typeof said === 'object') printResult(JSON.stringify(said));
      for (const sentence of [said, notice]) if (typeof sentence === 'string') printNotice(sentence);
    } catch (error) {
      throw error instanceof OperationRefused ? new ExpectedError(error.problem.en) : error;
    }
  });
}

/** The option of a filter: `--kind <kind>`; a cinema is named by its code. */
function optionOf(name: string, filter: z.ZodType): Option {
  const kebab = name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
  return parsedBy(new Option(`--${kebab} <${name === 'cinema' ? 'code' : kebab}>`, filter.description ?? ''), filter);
}

/** Has a schema read an option or argument; commander adds its name and exits with 2. */
function parsedBy<Asked extends Option | Argument>(option: Asked, schema: z.ZodType): Asked;
function parsedBy(option: Option | Argument, schema: z.ZodType): Option | Argument {
  const inner = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  // A flag has no value to read.
  if (inner instanceof z.ZodBoolean) return option;
  if (inner instanceof z.ZodEnum) return option.choices(inner.options.map(String));
  return option.argParser((text) => {
    const read = schema.safeParse(text);
    if (!read.success) throw new InvalidArgumentError(`It ${faultsOf(read.error)}.`);
    return read.data;
  });
}
