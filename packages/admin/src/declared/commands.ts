import { type Row as Cells, FORMATS, type Format, fileOf } from '@ticket-check/check-records';
import { writeNewFile } from '@ticket-check/exchange';
import { type CommandStore, cinemasOf as cinemasGiven, YES } from '@ticket-check/operators';
import { type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printBytes, printNotice, printResult } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { LONGEST_REASON } from '../asked.ts';
import { type InEachLanguage, LANGUAGES, type Language } from '../language.ts';
import { type Field, fieldOf } from './field.ts';
import { type FilterShape, type Filters, faultsOf, type List, tableOf, whatOf, withDate } from './list.ts';
import { type DeclaredOperation, noteTitle, orGone, reasonIn, recordedOf } from './operation.ts';

/**
 * Adds a list to a group of commands: its rows as lines of JSON, or as a file. Filters are options of their names, `--kind <kind>`,
 * except those in `flags` and those that `command` names as its arguments, `sessions <username>`.
 *
 * @param flags options without a value and the filter that each sets
 */
export function listCommand<DB, Source, Shape extends FilterShape, Row extends object, Place>(
  group: Command,
  declared: List<Source, Shape, Row, Place>,
  parts: {
    readonly store: CommandStore<DB>;
    readonly source: (opened: Store<DB>) => Source | Promise<Source>;
    readonly command: string;
    readonly description: string;
    /** What the audit calls the rows, where the command shows only some of the list. */
    readonly title?: InEachLanguage;
    readonly now?: Clock;
    /** Whether it leaves nothing in the audit: it shows how the service is set up, and nothing of guests, business or people. */
    readonly isQuiet?: boolean;
    /** What a row is printed as, where that is not its JSON. */
    readonly lineOf?: (row: Cells) => string;
    readonly flags?: Readonly<Record<string, { readonly says: string; readonly sets: Partial<Filters<Shape>> }>>;
    /** Filters that the command has no option for. */
    readonly fixed?: Partial<Filters<Shape>>;
    /** What filters are where the command leaves them out, if that is not what the list says. */
    readonly usual?: Partial<Filters<Shape>>;
    /** Looks at the first row before anything is printed. @throws ExpectedError */
    readonly check?: (source: Source, asked: Filters<Shape>, first: Cells | undefined) => Promise<void>;
    /** What the rows come to: what is recorded of it, and what is wrong with them, in sentences: an error once they are printed. */
    readonly conclude?: (rows: readonly Cells[], asked: Filters<Shape>) => { found: object; wrong: readonly string[] };
    readonly end?: (source: Source) => Promise<unknown>;
  },
): void {
  const { store, source, flags = {}, fixed = {} } = parts;
  const usual: Readonly<Record<string, unknown>> = parts.usual ?? {};
  const command = group.command(parts.command).description(parts.description);
  const name = group.parent === null ? command.name() : `${group.name()} ${command.name()}`;
  const { zh, en } = parts.title ?? declared.title;
  noteTitle(name, { zh: `查看${zh}`, en: `Read: ${en}` });
  const args = command.registeredArguments.map((argument) => argument.name());
  for (const argument of command.registeredArguments)
    parsedBy(argument, declared.filters[argument.name()] ?? z.string());
  for (const [flag, { says }] of Object.entries(flags)) command.option(`--${flag}`, says);
  const set = Object.assign({}, fixed, ...Object.values(flags).map(({ sets }) => sets));
  for (const [name, filter] of Object.entries(declared.filters))
    if (!args.includes(name) && !(name in set)) command.addOption(optionOf(name, filter, usual[name]));
  if (declared.file !== undefined) for (const option of FILE_OPTIONS()) command.addOption(option);
  command.action(async () => {
    const given = command.opts();
    const named = Object.entries(declared.filters).map(([name, filter]) => [
      name,
      args.includes(name) ? command.processedArgs[args.indexOf(name)] : (given[name] ?? filter.parse(undefined)),
    ]);
    const flagged = Object.entries(flags).flatMap(([flag, { sets }]) => (given[flag] === true ? [sets] : []));
    const read = Object.assign(Object.fromEntries(named), fixed, ...flagged) as Filters<Shape>;
    const filters = withDate(declared, read, parts.now);
    const { cinema } = filters as { cinema?: CinemaCode };
    const cinemas = cinema === undefined ? 'all' : [cinema];
    const { format = 'json', language }: { format?: Format; language?: Language } = given;
    let wrong: readonly string[] = [];
    const printAll = async (opened: Store<DB>, print: (row: Cells) => void) => {
      const from = await source(opened);
      await using _ = { [Symbol.asyncDispose]: async () => void (await parts.end?.(from)) };
      const { first, ...table } = await tableOf(declared, from, { filters, cinemas });
      await parts.check?.(from, filters, first);
      let count = 0;
      const all: Cells[] = [];
      async function* counted() {
        for await (const row of table.rows) {
          count += 1;
          if (parts.conclude !== undefined) all.push(row);
          yield row;
        }
      }
      if (format === 'json') for await (const row of counted()) print(row);
      else await printBytes(fileOf({ ...table, rows: counted() }, format, language ?? 'zh'));
      const concluded = parts.conclude?.(all, filters);
      wrong = concluded?.wrong ?? [];
      return { rows: count, ...concluded?.found };
    };
    if (parts.isQuiet) {
      const { lineOf = JSON.stringify } = parts;
      await store.read((opened) => printAll(opened, (row) => printResult(lineOf(row))));
      return;
    }
    const what = { ...whatOf(declared, { filters, cinemas }), ...(declared.file !== undefined && { format }) };
    await store.look({ name, what }, printAll);
    if (wrong.length > 0) throw new ExpectedError(wrong.join('\n'));
  });
}

const FILE_OPTIONS = () => [
  new Option('--format <format>', 'json: one object a line; csv and xlsx: a file for a spreadsheet')
    .choices(FORMATS)
    .default('json'),
  new Option('--language <language>', 'language of csv and xlsx').choices(LANGUAGES).default('zh'),
];

/** What a command of an operation has beside its declaration. */
type CommandParts<DB, Own, Input extends z.ZodObject, Result> = {
  readonly store: CommandStore<DB>;
  readonly now: Clock;
  /** Options that make parts of the input together, or otherwise than the screen sends them. */
  readonly together?: {
    readonly options: readonly Option[];
    readonly read: (
      given: Readonly<Record<string, unknown>>,
      command: Command,
    ) => Partial<z.output<Input>> | Promise<Partial<z.output<Input>>>;
  };
  /** The option of the reason, where it is not `--reason`. */
  readonly reason?: readonly [flags: string, says: string];
  /** Without `--yes` and a terminal to ask at, it only says what it would do. */
  readonly saysFirst?: boolean;
  /** What it prints instead of doing it, unless `--yes` is given; `says` describes that option. */
  readonly unlessYes?: {
    readonly says: string;
    readonly print: (opened: Store<Own>, input: z.output<Input>) => Promise<void>;
  };
  /** A secret that it makes, written to a new file `--out`; where that cannot be made, nothing is done. */
  readonly file?: { readonly says: string; readonly text: (result: Result) => string };
  /** What is printed once it is done, where that is not its answer: a sentence, or lines of JSON. */
  readonly done?: string | ((result: Result) => object | string);
  readonly notice?: string | ((result: Result) => Promise<string>);
};

/** Adds an operation to a group of commands; the parts of its input that are `asked` by an option or argument have these. */
export function operationCommand<DB extends Own, Own, Input extends z.ZodObject, Result, Prepared>(
  group: Command,
  declared: DeclaredOperation<Own, Input, Result, Prepared>,
  parts: CommandParts<DB, Own, Input, Result>,
): void {
  const { store, now, done, notice, unlessYes, together, file } = parts;
  const own = withTables<DB, Own>;
  const { name, permission, takes } = declared;
  const command = group.command(name.split(' ').at(-1) ?? name).description(declared.says ?? declared.title.en);
  const fields = Object.entries(declared.input.shape as Readonly<Record<string, z.ZodType>>).flatMap(
    ([part, schema]) => {
      const field = fieldOf(schema);
      return field?.option === undefined ? [] : [optionFor(command, { part, schema, field }, field.option)];
    },
  );
  for (const option of together?.options ?? []) command.addOption(option);
  const reason = new Option(...(parts.reason ?? WHY)).makeOptionMandatory().argParser((text) => {
    const read = reasonIn(text);
    if (read === null) throw new InvalidArgumentError(`It must be 1 to ${LONGEST_REASON} characters.`);
    return read;
  });
  if (declared.needsReason) command.addOption(reason);
  // What is printed instead says it too.
  const destroys = unlessYes === undefined ? declared.destroys : undefined;
  if (destroys !== undefined) command.option(...YES);
  if (unlessYes !== undefined) command.option('--yes', unlessYes.says);
  if (file !== undefined) command.requiredOption('--out <file>', file.says);
  command.action(async () => {
    const named = command.registeredArguments.map((argument, place) => [argument.name(), command.processedArgs[place]]);
    const given: Readonly<Record<string, unknown>> = { ...command.opts(), ...Object.fromEntries(named) };
    const input = {
      ...Object.fromEntries(fields.map(({ part, read }) => [part, read(given)])),
      ...(await together?.read(given, command)),
    } as z.output<Input>;
    const at = wallClockAt(now());
    const why = String(given[reason.attributeName()] ?? '');
    if (unlessYes !== undefined && given.yes !== true) {
      return store.read((opened) => unlessYes.print(own(opened), input));
    }
    /** Null if it only said what it would do. */
    const run = async () => {
      const { cinemas, prepared } = await store.read(async (opened) => {
        const of = orGone(declared, await declared.cinemasOf(input, own(opened)));
        return {
          cinemas: of === 'own' ? 'all' : of,
          prepared: (await declared.prepare?.(input, own(opened), {})) as Prepared,
        };
      });
      const destroying = destroys && {
        name: destroys(input),
        yes: given.yes === true,
        needsYes: parts.saysFirst && ('to-do-more-than-say' as const),
        says: async (opened: Store<DB>) => (await declared.preview?.(own(opened), input, cinemas))?.en ?? null,
      };
      const by = (actor: string) => ({ actor, at, reason: why, cinemas, prepared });
      const asked = {
        name,
        what: recordedOf(declared, input, why),
        needs: permission,
        takes: takes?.(input),
        inParts: declared.inParts,
        ...(cinemas !== 'all' && { cinemaCodes: cinemas }),
      };
      if (destroying && !(await store.confirm(asked, destroying))) return null;
      const result = await store.change(
        asked,
        async (opened, actor) => orGone(declared, await declared.change(own(opened), input, by(actor))),
        (came) => declared.outcome?.(came, by('')) ?? {},
      );
      return { result, answer: declared.answer?.(result, by('')) };
    };
    if (file !== undefined) {
      await writeNewFile(String(given.out), 0o600, async () => file.text((await run())?.result as Result));
      return;
    }
    const ran = await run();
    if (ran === null) return;
    const { result } = ran;
    const said = typeof done === 'function' ? done(result) : (done ?? ran.answer);
    if (typeof said === 'object') for (const line of [said].flat()) printResult(JSON.stringify(line));
    const after = typeof notice === 'function' ? await notice(result) : notice;
    for (const sentence of [said, after]) if (typeof sentence === 'string') printNotice(sentence);
  });
}

const WHY = ['--reason <text>', 'why, for the audit'] as const;

type AskedPart = { readonly part: string; readonly schema: z.ZodType; readonly field: Field };
type Given = Readonly<Record<string, unknown>>;

/** Adds the option or argument of a part of an input, and reads it. */
function optionFor(command: Command, { part, schema, field }: AskedPart, [flags, says]: readonly [string, string]) {
  if (field.as === 'cinemas') return { part, read: cinemaOptions(command, { schema, field }, [flags, says]) };
  if (/^[<[]/.test(flags)) {
    const argument = parsedBy(new Argument(flags, says), schema);
    command.addArgument(argument);
    return { part, read: (given: Given) => given[argument.name()] };
  }
  const option = parsedBy(new Option(flags, says), schema).makeOptionMandatory(!schema.isOptional());
  command.addOption(option);
  return { part, read: (given: Given) => given[option.attributeName()] };
}

/** Cinemas are named, or all of them: nobody gets every cinema by leaving them out. */
function cinemaOptions(
  command: Command,
  { schema, field }: Omit<AskedPart, 'part'>,
  [flags, says]: readonly [string, string],
) {
  command.option(flags, `${says}, separated by commas${schema.isOptional() ? '; default: unchanged' : ''}`);
  command.option('--all-cinemas', 'every cinema');
  return (given: Given) => {
    const { cinemas, allCinemas } = given as { readonly cinemas?: string; readonly allCinemas?: boolean };
    const [other = '', all] = field.allIf ?? [];
    if (all !== undefined && given[other.toLowerCase()] === all) {
      if (cinemas === undefined) return 'all';
      command.error(`error: an ${all} sees every cinema; leave --cinemas out`, { exitCode: 2 });
    }
    if (schema.isOptional() && cinemas === undefined && allCinemas === undefined) return undefined;
    return cinemasGiven(given, command);
  };
}

/** The option of a filter: `--kind <kind>`; a cinema is named by its code. */
function optionOf(name: string, filter: z.ZodType, usual: unknown): Option {
  const kebab = name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
  const value = { cinema: 'code', businessDate: 'day', date: 'day', until: 'day', since: 'time' }[name] ?? kebab;
  const option = parsedBy(new Option(`--${kebab} <${value}>`, filter.description ?? ''), filter);
  return usual === undefined ? option : option.default(usual);
}

/** Has a schema read an option or argument; commander adds its name and exits with 2. */
export function parsedBy<Asked extends Option | Argument>(option: Asked, schema: z.ZodType): Asked;
export function parsedBy(option: Option | Argument, schema: z.ZodType): Option | Argument {
  const inner = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  // A flag has no value to read.
  if (inner instanceof z.ZodBoolean) return option;
  if (inner instanceof z.ZodEnum) return option.choices(inner.options.map(String));
  const isMany = inner instanceof z.ZodArray;
  return option.argParser((text, before) => {
    const named = isMany && option instanceof Option ? text.split(',').map((one) => one.trim()) : text;
    // Commander hands over one of several arguments at a time, with those before it.
    const all = isMany && option instanceof Argument ? [...((before as unknown[] | undefined) ?? []), text] : named;
    const read = schema.safeParse(all);
    if (read.success) return read.data;
    const faults = faultsOf(read.error);
    // Messages of zod are sentences of their own.
    throw new InvalidArgumentError(/^[A-Z]/.test(faults) ? `${faults}.` : `It ${faults}.`);
  });
}
