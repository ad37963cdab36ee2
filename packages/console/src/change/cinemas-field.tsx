import { Form, Radio } from 'antd';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { Picker } from '../list/picker.tsx';

const WORDS = inEachLanguage({
  cinemas: ['影院', 'Cinemas'],
  choose: ['请选择全部影院，或选择部分影院', 'Choose all cinemas, or some'],
  which: {
    all: ['全部影院，包括以后新增的', 'All cinemas, those added later too'],
    some: ['仅以下影院', 'Only these'],
  },
  codes: ['影院名称或编码', 'Names or codes'],
  codesHint: [
    '输入名称、编码或拼音首字母查找；也可直接输入或粘贴 8 位编码',
    'Find them by name or code, or type and paste codes of 8 characters',
  ],
  wrong: ['每个影院编码为 8 个字符', 'A cinema code has 8 characters'],
});

/** What the fields hold. */
export type FilledCinemas = { readonly which: 'all' | 'some'; readonly cinemas?: readonly string[] };

/** The cinemas that were filled in, as the service reads them: `*` for all. */
export const filledCinemas = ({ which, cinemas = [] }: FilledCinemas): readonly string[] =>
  which === 'all' ? ['*'] : cinemas;

/** Asks for which cinemas something is: all or some. Nothing is chosen beforehand, so that nobody gets all by leaving it out. */
export function CinemasField({ now }: { now?: readonly string[] }) {
  const t = useWords(WORDS);
  const which = Form.useWatch<string | undefined>('which');
  const isOfAll = now?.[0] === '*';
  const areCodes = async (_: unknown, codes: readonly string[] = []) => {
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
          initialValue={isOfAll ? [] : (now ?? [])}
          rules={[{ validator: areCodes }]}
        >
          <Picker of="cinema" multiple />
        </Form.Item>
      ) : null}
    </>
  );
}
