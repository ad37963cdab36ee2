import { DatePicker } from 'antd';
import enUs from 'antd/es/locale/en_US';
import zhCn from 'antd/es/locale/zh_CN';
import dayjs from 'dayjs';
import { useLanguage } from '../begin/language.ts';
import 'dayjs/locale/zh-cn';

/** Dates as the scheme writes them. */
const FORM = 'YYYY-MM-DD';
/** A keyboard would cover the days on a phone. */
const IS_TOUCHED = window.matchMedia('(pointer: coarse)').matches;

/**
 * A date that is typed in the scheme's form or chosen from a calendar in the language of the page; the browser's own field has the
 * form and the language of the browser. What is no date is shown as none.
 */
export default function DateField({ id, value, choose }: { id: string; value: string; choose(date: string): void }) {
  const locale = useLanguage() === 'zh' ? zhCn.DatePicker : enUs.DatePicker;
  const date = dayjs(value, FORM, true);
  return (
    <DatePicker
      id={id}
      value={date.isValid() ? date : null}
      // What the buttons of year and month show is their name: who speaks to the page says what they read.
      {...(locale && { locale: { ...locale, lang: { ...locale.lang, yearSelect: '', monthSelect: '' } } })}
      format={FORM}
      placeholder={FORM}
      showNow={false}
      inputReadOnly={IS_TOUCHED}
      onChange={(chosen) => choose(chosen?.format(FORM) ?? '')}
    />
  );
}
