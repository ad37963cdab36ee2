import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { takeFile } from '../data/client.ts';
import { withQuery } from '../list/use-filters.ts';
import { ProblemNotice } from '../states/states.tsx';

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
    busy: {
      title: ['正在导出另一个文件', 'Another file is being made'],
      text: ['请等它完成后再试。', 'Try again when it is done.'],
    },
  },
});

/** Buttons that take what is shown as a file: `path` with `.csv` and `.xlsx`. */
export function Downloads({ path, query }: { path: string; query: string }) {
  const t = useWords(WORDS);
  const [making, setMaking] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const asked = new URLSearchParams(query);
  asked.delete('after');

  async function take(format: 'csv' | 'xlsx') {
    setMaking(format);
    setError(null);
    try {
      await takeFile(withQuery(`${path}.${format}`, asked.toString()), `export.${format}`);
    } catch (failed) {
      setError(failed);
    } finally {
      setMaking(null);
    }
  }

  return (
    <>
      {(['csv', 'xlsx'] as const).map((format) => (
        <Button
          key={format}
          icon={<DownloadOutlined aria-hidden />}
          {...(format === 'csv' && { title: t.hint })}
          loading={making === format}
          disabled={making !== null && making !== format}
          onClick={() => void take(format)}
        >
          {t[format]}
        </Button>
      ))}
      {error === null ? null : <ProblemNotice error={error} words={t.problems} />}
    </>
  );
}
