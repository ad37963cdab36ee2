/** A part of what is sent for a change, as a dialog asks for it; what the screen knows already is not asked for. */
export type ShownField = {
  readonly Name: string;
  readonly Label: string;
  readonly Hint: string | null;
  /** `choice`: one of `Choices`; `some`: several of them. */
  readonly As: FieldKind | 'choice' | 'some';
  readonly IsNeeded: boolean;
  readonly Longest: number | null;
  readonly Pattern: string | null;
  readonly Choices: readonly { readonly Value: string; readonly Label: string; readonly Hint: string | null }[];
  /** Of cinemas: all of them, without being asked for, where another part has this value. */
  readonly AllIf: readonly [part: string, value: string] | null;
};

/** What a text names: `cinemas`, all or some; `codes`, some cinemas; an account; a day. */
export type FieldKind = 'text' | 'cinemas' | 'codes' | 'account' | 'day' | 'secret';

/** A change as the dialogs of screens have it, in the language of the operator, who may make it. */
export type ShownChange = {
  readonly Title: string;
  readonly HasPreview: boolean;
  readonly NeedsReason: boolean;
  readonly NeedsPassword: boolean;
  readonly Destroys: boolean;
  readonly Fields: readonly ShownField[];
};

/** What people know by a name: a cinema, the account of a terminal or platform, and what check records are of. */
export type NamedKind = 'cinema' | 'account' | DayKind;
/** What check records are of; the day's report has the names. */
export type DayKind = 'screen' | 'film' | 'session' | 'gate' | 'type';

/** What a filter is chosen from: a thing of a kind, a business date, or the last of several. */
export type FilterKind = NamedKind | 'date' | 'until';

/** What the screen of a list needs to know of its declaration. */
export type ShownList = {
  readonly Rows: string;
  /** Whether a topic updates it, or by which filters only. */
  readonly Live: boolean | readonly string[];
  readonly HasFile: boolean;
  readonly Filters: readonly { readonly Name: string; readonly Of: FilterKind }[];
};
