import { SearchOutlined } from '@ant-design/icons';
import { foundBy } from '@ticket-check/protocol/pinyin';
import { AutoComplete, Button, Modal } from 'antd';
import { type ComponentRef, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { inEachLanguage, useBegun, useWords } from '../begin/begun.ts';
import { useFound } from '../look/names.tsx';

const WORDS = inEachLanguage({
  find: ['查找', 'Find'],
  hint: ['页面、票号或二维码、检票记录、终端、影院', 'A page, ticket, check record, terminal or cinema'],
  ticket: (text: string) => [`查票 ${text}`, `Ticket ${text}`],
  records: (text: string) => [`检票记录 ${text}`, `Check records of ${text}`],
  record: (text: string) => [`检票记录 ${text}`, `Check record ${text}`],
  ofCinema: (code: string) => [`影院 ${code} 的检票记录`, `Check records of cinema ${code}`],
  platform: (text: string) => [`检票平台 ${text}`, `Platform ${text}`],
  terminal: (text: string) => [`终端 ${text}`, `Terminal ${text}`],
  none: ['没有找到', 'Nothing fits'],
});

const SHOWN = 10;
/** Of the cinemas or terminals whose names fit. */
const OF_A_KIND = 3;

type Target = readonly [path: string, label: string];

/** Where what was typed or scanned may lead, pages and names first. */
function useTargets(asked: string): readonly Target[] {
  const t = useWords(WORDS);
  const { Menu } = useBegun();
  const named = useFound(asked, asked !== '');
  const query = encodeURIComponent(asked);
  const fits = (text: string) => text.toLowerCase().includes(asked.toLowerCase());
  const known = (names: Readonly<Record<string, string>> = {}) =>
    Object.entries(asked === '' ? {} : names)
      // Those of the text before stay until others come.
      .filter(([code, name]) => fits(foundBy({ code, name })))
      .slice(0, OF_A_KIND)
      .map(([code, name]) => ({ code: encodeURIComponent(code), words: `${name} ${code}`.trim() }));
  const typed: readonly (readonly [like: RegExp, ...Target])[] = [
    [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, `/records/${asked.toLowerCase()}`, t.record(asked)],
    [/^\d{8}$/, `/records?cinema=${asked}`, t.ofCinema(asked)],
    [/./, `/ticket?ticket=${query}`, t.ticket(asked)],
    [/./, `/lookup?ticket=${query}`, t.ticket(asked)],
    [/\d/, `/records?ticket=${query}`, t.records(asked)],
    [/./, `/fleet?q=${query}`, t.terminal(asked)],
  ];
  const targets: readonly Target[] = [
    ...Menu.filter(({ Label, Path }) => fits(foundBy({ name: Label, code: Path }))).map(
      ({ Path, Label }): Target => [Path, Label],
    ),
    ...known(named.cinema).map(({ code, words }): Target => [`/records?cinema=${code}`, t.ofCinema(words)]),
    ...known(named.account).flatMap(({ code, words }): Target[] => [
      [`/fleet?q=${code}`, t.terminal(words)],
      [`/platforms?platform=${code}`, t.platform(words)],
    ]),
    ...typed.flatMap(([like, ...target]) => (like.test(asked) ? [target] : [])),
  ];
  const isOffered = ([path]: Target) => Menu.some(({ Path }) => Path === `/${path.split(/[/?]/)[1]}`);
  return [...new Map(targets.filter(isOffered))].slice(0, SHOWN);
}

/** Opens with `/` or Ctrl-K and leads to a page, or to what was typed or scanned. */
export function Find() {
  const t = useWords(WORDS);
  const { Menu } = useBegun();
  const [, goTo] = useLocation();
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState('');
  const field = useRef<ComponentRef<typeof AutoComplete>>(null);
  const targets = useTargets(text.trim());

  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      const isTyping =
        event.target instanceof HTMLElement && event.target.matches('input, textarea, select, [contenteditable]');
      const isAsked = (event.key === '/' && !isTyping) || (event.key === 'k' && (event.ctrlKey || event.metaKey));
      if (!isAsked) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener('keydown', open);
    return () => window.removeEventListener('keydown', open);
  }, []);

  function go(path: string) {
    setOpen(false);
    // What the service renders itself is loaded as a document.
    if (Menu.some(({ Path, IsScreen }) => Path === path && !IsScreen)) window.location.assign(path);
    else goTo(path);
  }

  return (
    <>
      <Button
        className="find-button"
        icon={<SearchOutlined aria-hidden />}
        aria-label={t.find}
        aria-keyshortcuts="Control+K"
        onClick={() => setOpen(true)}
      >
        {t.find}
      </Button>
      <Modal
        open={isOpen}
        title={t.find}
        footer={null}
        destroyOnHidden
        onCancel={() => setOpen(false)}
        afterClose={() => setText('')}
        // A dialog begins at its first button, and somebody types at once.
        afterOpenChange={(isNow) => void (isNow && field.current?.focus())}
      >
        <AutoComplete
          ref={field}
          defaultActiveFirstOption
          open
          style={{ width: '100%' }}
          value={text}
          options={targets.map(([value, label]) => ({ value, label }))}
          aria-label={t.hint}
          placeholder={t.hint}
          notFoundContent={t.none}
          showSearch={{ onSearch: setText, filterOption: false }}
          onSelect={go}
          onKeyDown={({ key }) => {
            // The field keeps it from the dialog.
            if (key === 'Escape') setOpen(false);
          }}
        />
      </Modal>
    </>
  );
}
