import { Form, Input, Radio } from 'antd';
import { inEachLanguage, useWords } from '../begin/begun.ts';

const WORDS = inEachLanguage({
  cinemas: ['影院', 'Cinemas'],
  choose: ['请选择全部影院，或填写影院编码', 'Choose all cinemas, or enter some'],
  which: {
    all: ['全部影院，包括以后新增的', 'All cinemas, those added later too'],
    some: ['仅以下影院', 'Only these'],
  },
  codes: ['影院编码', 'Cinema codes'],
  codesHint: ['8 位编码，多个用逗号分隔', '8 characters each, separated by commas'],
  wrong: ['每个影院编码为 8 个字符，用逗号分隔', 'A cinema code has 8 characters; separate them by commas'],
});

/** What the fields hold. */
export type FilledCinemas = { readonly which: 'all' | 'some'; readonly cinemas?: string };

const codesIn = (text = '') => text.split(/[,，\s]+/).filter((code) => code !== '');

/** The cinemas that were filled in, as the service reads them: `*` for all. */
export const filledCinemas = ({ which, cinemas }: FilledCinemas): readonly string[] =>
  which === 'all' ? ['*'] : codesIn(cinemas);

/** Asks for which cinemas something is: all or some. Nothing is chosen beforehand, so that nobody gets all by leaving it out. */
export function CinemasField({ now }: { now?: readonly string[] }) {
  const t = useWords(WORDS);
  const which = Form.useWatch<string | undefined>('which');
  const isOfAll = now?.[0] === '*';
  const areCodes = async (_: unknown, text?: string) => {
    const codes = codesIn(text);
    if (codes.length === 0 || codes.some((code) => code.length !== 8)) throw new Error(t.wrong);
  };
  return (
    <>
      <Form.Item
        name="which"
        label={t.cinemas}
        initialValue={now && (isOfAll ? 'all' : 'some')}
        rules={[{ required: true, message: t.choose }]}
      >
        <Radio.Group vertical options={Object.entries(t.which).map(([value, label]) => ({ value, label }))} />
      </Form.Item>
      {which === 'some' ? (
        <Form.Item
          name="cinemas"
          label={t.codes}
          extra={t.codesHint}
          initialValue={isOfAll ? '' : (now?.join(', ') ?? '')}
          rules={[{ validator: areCodes }]}
        >
          <Input autoComplete="off" spellCheck={false} />
        </Form.Item>
      ) : null}
    </>
  );
}
