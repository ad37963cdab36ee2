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
  /** Whether it says under `/preview` what it would do. */
  readonly HasPreview: boolean;
  readonly NeedsReason: boolean;
  readonly NeedsPassword: boolean;
  /** Whether something ends or goes for good by it. */
  readonly Destroys: boolean;
  readonly Fields: readonly ShownField[];
};
