import type { ShownField } from '@ticket-check/admin/changes';
import { Checkbox, Form, Input, Radio, type FormRule as Rule } from 'antd';
import { useState } from 'react';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { Picker } from '../list/picker.tsx';

const WORDS = inEachLanguage({
  needed: ['请填写', 'This is needed'],
  cinemas: {
    all: ['全部影院，包括以后新增的', 'All cinemas, those added later too'],
    some: ['仅以下影院', 'Only these'],
  },
  codes: ['影院名称或编码', 'Names or codes'],
  codesHint: [
    '输入名称、编码或拼音首字母查找；也可直接输入或粘贴 8 位编码',
    'Find them by name or code, or type and paste codes of 8 characters',
  ],
  choose: ['请选择全部影院，或选择部分影院', 'Choose all cinemas, or some'],
  wrong: ['每个影院编码为 8 个字符', 'A cinema code has 8 characters'],
});

type Filled = Readonly<Record<string, unknown>>;

const isImplied = ({ AllIf }: ShownField, filled: Filled) => AllIf !== null && filled[AllIf[0]] === AllIf[1];

/** What need not be asked for: a role that sees every cinema does so. */
export const impliedBy = (fields: readonly ShownField[], filled: Filled): Filled =>
  Object.fromEntries(fields.filter((field) => isImplied(field, filled)).map(({ Name }) => [Name, ['*']]));

/** Asks for what the service declares; `now` is what it holds now. */
export function Fields({ fields, now, filled }: { fields: readonly ShownField[]; now: Filled; filled: Filled }) {
  const t = useWords(WORDS);
  return fields
    .filter((field) => !isImplied(field, filled))
    .map((field) => {
      const { Name, Label, Hint } = field;
      const usual = field.As === 'some' ? [] : undefined;
      return (
        <Form.Item
          key={Name}
          name={Name}
          label={Label}
          extra={Hint}
          initialValue={now[Name] ?? usual}
          rules={[rule(field, t)]}
          // Nothing is wrong yet while none is chosen.
          {...(field.As === 'cinemas' && { validateTrigger: 'onSubmit' })}
        >
          <Control field={field} />
        </Form.Item>
      );
    });
}

function rule({ As, Hint, IsNeeded, Pattern }: ShownField, t: (typeof WORDS)['zh']): Rule {
  const message = Hint ?? t.needed;
  if (As === 'some') return { type: 'array', min: 1, message };
  if (As === 'cinemas' || As === 'codes') {
    return { validator: async (_, codes?: readonly string[]) => mustBeCodes(codes, t) };
  }
  const pattern = Pattern === null ? {} : { pattern: new RegExp(Pattern) };
  return { required: IsNeeded, whitespace: IsNeeded, message, ...pattern };
}

/** Of cinemas, nothing is chosen beforehand, so that nobody gets all by leaving them out. */
function mustBeCodes(codes: readonly string[] | undefined, t: (typeof WORDS)['zh']): void {
  if (codes === undefined || codes.length === 0) throw new Error(t.choose);
  if (codes[0] !== '*' && codes.some((code) => code.length !== 8)) throw new Error(t.wrong);
}

type Given<T> = { readonly id?: string; readonly value?: T; readonly onChange?: (value: T) => void };

function Control({ field: { As, Longest, Choices }, ...item }: { field: ShownField }) {
  // What the item of the form gives it: `id`, `value` and `onChange` of the control's own type.
  const given: object = item;
  const options = Choices.map(({ Value, Label, Hint }) => ({
    value: Value,
    label: (
      <>
        {Label}
        {Hint === null ? null : <div className="quiet">{Hint}</div>}
      </>
    ),
  }));
  const text = { ...given, ...(Longest !== null && { maxLength: Longest }), autoComplete: 'off', spellCheck: false };
  switch (As) {
    case 'cinemas':
      return <Cinemas {...given} />;
    case 'codes':
      return <Picker of="cinema" multiple placeholder="" {...given} />;
    case 'account':
      return <Picker of="account" placeholder="–" {...given} />;
    case 'choice':
      return <Radio.Group vertical options={options} {...given} />;
    case 'some':
      return <Checkbox.Group style={{ flexDirection: 'column' }} options={options} {...given} />;
    case 'day':
      return <Input type="date" {...text} />;
    case 'secret':
      return <Input.Password {...text} autoComplete="new-password" visibilityToggle={false} />;
    default:
      return <Input {...text} autoCapitalize="none" />;
  }
}

/** All cinemas (`*`), or some by their codes. */
function Cinemas({ value, onChange, ...radios }: Given<readonly string[]>) {
  const t = useWords(WORDS);
  const which = value && (value[0] === '*' ? 'all' : 'some');
  /** Those chosen before, for somebody who chooses all and thinks again. */
  const [some, setSome] = useState(which === 'some' ? value : []);
  return (
    <>
      <Radio.Group
        vertical
        {...radios}
        value={which}
        onChange={({ target }) => onChange?.(target.value === 'all' ? ['*'] : (some ?? []))}
        options={Object.entries(t.cinemas).map(([one, label]) => ({ value: one, label }))}
      />
      {which === 'some' ? (
        <div>
          <Picker
            of="cinema"
            multiple
            aria-label={t.codes}
            placeholder={t.codes}
            value={value}
            onChange={(codes) => {
              const chosen = [codes ?? []].flat();
              setSome(chosen);
              onChange?.(chosen);
            }}
          />
          <div className="quiet">{t.codesHint}</div>
        </div>
      ) : null}
    </>
  );
}
