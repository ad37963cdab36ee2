import { parseCinemaCode, parseFilmTicketCode, parseWallClock } from '@ticket-check/protocol';
import { z } from 'zod';
import { textOf } from '../asked.ts';
import type { InEachLanguage, Language } from '../language.ts';
import type { Access, Action } from '../page.ts';
import type { FieldKind, ShownChange, ShownField } from '../shown-change.ts';

/** How a part of an input is asked for. What its schema says of it, such as its length, is not said again. */
export type Field = {
  /** At a dialog; without it no dialog asks. */
  readonly label?: InEachLanguage;
  readonly hint?: InEachLanguage;
  /** A text by default, or one or some of a closed list. */
  readonly as?: FieldKind;
  /** The words of the values that a dialog offers, each with what it means if that needs saying. */
  readonly choices?: Readonly<Record<string, InEachLanguage & { readonly hint?: InEachLanguage }>>;
  /** Of cinemas: all of them, without being asked for, where another part has this value. */
  readonly allIf?: readonly [part: string, value: string];
  /** The option of a command, `--ticket <code>`, or its argument, `<gate>`, with what it says. */
  readonly option?: readonly [flags: string, says: string];
};

const fields = z.registry<Field>();

export function asked<T extends z.ZodType>(part: T, field: Field): T {
  fields.add(part, field);
  return part;
}

/** The parts of an input that name a ticket. */
export const askedTicket = {
  CinemaCode: asked(textOf(parseCinemaCode), { option: ['--cinema <code>', 'its cinema'] }),
  FilmTicketCode: asked(textOf(parseFilmTicketCode), { option: ['--ticket <code>', 'its FilmTicketCode'] }),
  StartTime: asked(textOf(parseWallClock), { option: ['--start <time>', 'its StartTime'] }),
};

export const ticketIn = ({ CinemaCode, FilmTicketCode, StartTime }: z.output<z.ZodObject<typeof askedTicket>>) => ({
  cinemaCode: CinemaCode,
  filmTicketCode: FilmTicketCode,
  startTime: StartTime,
});

export const fieldOf = (part: z.ZodType): Field | undefined => fields.get(part);

/** The changes that somebody may make, by their paths, as dialogs have them. */
export const shownChanges = (
  actions: readonly Action[],
  may: (access: Access) => boolean,
  language: Language,
): Readonly<Record<string, ShownChange>> =>
  Object.fromEntries(
    actions.flatMap(({ path, permission, describes, body, ...action }) => {
      if (describes === undefined || !may(permission)) return [];
      const { needsPassword = false, needsReason = false, hasPreview = false, destroys = false } = action;
      const sent = describes.body ?? body;
      const change: ShownChange = {
        Title: describes.title[language],
        ...{ HasPreview: hasPreview, NeedsReason: needsReason, NeedsPassword: needsPassword, Destroys: destroys },
        Fields: sent instanceof z.ZodObject ? shownFields(sent.shape, language) : [],
      };
      return [[path, change]];
    }),
  );

const shownFields = (parts: Readonly<Record<string, z.ZodType>>, language: Language): ShownField[] =>
  Object.entries(parts).flatMap(([Name, part]) => {
    const { label, hint, as, choices, allIf } = fieldOf(part) ?? {};
    if (label === undefined) return [];
    const { type, maxLength, pattern } = z.toJSONSchema(part, { io: 'input', unrepresentable: 'any' });
    const offered = Object.entries(choices ?? {});
    return {
      Name,
      Label: label[language],
      Hint: hint?.[language] ?? null,
      As: as ?? (offered.length === 0 ? 'text' : type === 'array' ? 'some' : 'choice'),
      IsNeeded: !part.isOptional(),
      Longest: maxLength ?? null,
      Pattern: pattern ?? null,
      Choices: offered.map(([Value, words]) => ({
        ...{ Value, Label: words[language], Hint: words.hint?.[language] ?? null },
      })),
      AllIf: allIf ?? null,
    };
  });
