import { DownloadOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Button, type ButtonProps } from 'antd';
import { useLocation } from 'wouter';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { takeFile } from '../data/client.ts';
import { ProblemNotice, type ProblemWords } from '../states/states.tsx';
import { useFilters, withQuery } from './use-filters.ts';

const WORDS = inEachLanguage({
  csv: ['导出 CSV', 'Export CSV'],
  xlsx: ['导出 XLSX（Excel）', 'Export XLSX (Excel)'],
  hint: [
    '用 Excel 打开 CSV 会改变 16 位编码的末位；用 Excel 查看请导出 XLSX',
    'Excel changes the last digit of codes of 16 digits in a CSV: take XLSX to look at them in Excel',
  ],
  problems: {
    'too-many-rows': {
      title: ['记录太多，未导出', 'Too many records for a file'],
      text: [
        '请选择一家影院或增加条件；全部记录请管理员在服务器上执行 report records。',
        'Choose one cinema, or narrow it down; an administrator exports all of them with report records.',
      ],
    },
  },
});

export function Downloads() {
  const t = useWords(WORDS);
  const [path] = useLocation();
  const { query } = useFilters();
  const asked = new URLSearchParams(query);
  asked.delete('after');
  return (['csv', 'xlsx'] as const).map((format) => (
    <FileButton
      key={format}
      path={withQuery(`${path}.${format}`, `${asked}`)}
      problems={t.problems}
      icon={<DownloadOutlined aria-hidden />}
      {...(format === 'csv' && { title: t.hint })}
    >
      {t[format]}
    </FileButton>
  ));
}

/** A button that takes what the service answers as a file, or says why there is none. */
export function FileButton({ path, problems, ...button }: ButtonProps & { path: string; problems: ProblemWords }) {
  const taking = useMutation({ mutationFn: () => takeFile(path) });
  return (
    <>
      <Button {...button} loading={taking.isPending} onClick={() => taking.mutate()} />
      {taking.isError ? <ProblemNotice error={taking.error} words={problems} /> : null}
    </>
  );
}
