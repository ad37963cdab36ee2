import { WarningOutlined } from '@ant-design/icons';
import { useLanguage } from '../begin/begun.ts';

/** What is wrong and what to do, in both languages, from the service. */
export type AdviceItem = Readonly<Record<'Code' | 'Wrong' | 'Advice' | 'WrongZh' | 'AdviceZh', string>>;

/** Each thing that is wrong with what to do about it; `fine` where all is well. */
export function AdviceList({ advice, fine }: { advice: readonly AdviceItem[]; fine: string }) {
  const isChinese = useLanguage() === 'zh';
  if (advice.length === 0) return <span className="quiet">{fine}</span>;
  return (
    <>
      {advice.map(({ Code, Wrong, Advice, WrongZh, AdviceZh }) => (
        <div key={Code}>
          <strong>
            <WarningOutlined aria-hidden /> {isChinese ? WrongZh : Wrong}
          </strong>
          <div className="quiet">{isChinese ? AdviceZh : Advice}</div>
        </div>
      ))}
    </>
  );
}
