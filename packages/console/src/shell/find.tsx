import { SearchOutlined } from '@ant-design/icons';
import { foundBy } from '@ticket-check/protocol/pinyin';
import { Button, Input, Modal } from 'antd';
import { useEffect, useState } from 'react';
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

type Target = { readonly label: string; readonly path: string; readonly isScreen: boolean };

const RECORD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const CINEMA_CODE = /^\d{8}$/;
const SHOWN = 10;
/** Of the cinemas or terminals whose names fit. */
const OF_A_KIND = 3;

/** Opens with `/` or Ctrl-K and leads to a page, or to what was typed or scanned. */
export function Find() {
  const t = useWords(WORDS);
  const { Menu } = useBegun();
  const [, goTo] = useLocation();
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);

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

  const lookUp = Menu.find(({ Path }) => Path === '/ticket' || Path === '/lookup')?.Path;
  const has = (path: string) => Menu.some(({ Path }) => Path === path);
  const asked = text.trim();
  const named = useFound(asked, asked !== '');
  const query = encodeURIComponent(asked);
  const things: readonly (Target | null)[] =
    asked === ''
      ? []
      : [
          RECORD_ID.test(asked) && has('/records')
            ? { label: t.record(asked), path: `/records/${asked.toLowerCase()}`, isScreen: true }
            : null,
          CINEMA_CODE.test(asked) && has('/records')
            ? { label: t.ofCinema(asked), path: `/records?cinema=${asked}`, isScreen: true }
            : null,
          lookUp === undefined ? null : { label: t.ticket(asked), path: `${lookUp}?ticket=${query}`, isScreen: true },
          /\d/.test(asked) && has('/records')
            ? { label: t.records(asked), path: `/records?ticket=${query}`, isScreen: true }
            : null,
          has('/fleet') ? { label: t.terminal(asked), path: `/fleet?q=${query}`, isScreen: true } : null,
        ];
  const known = (names: Readonly<Record<string, string>> = {}) =>
    Object.entries(asked === '' ? {} : names)
      // Those of the text before stay until others come.
      .filter(([code, name]) => foundBy({ code, name }).includes(asked.toLowerCase()))
      .slice(0, OF_A_KIND)
      .map(([code, name]) => ({ code, name }));
  const pages = Menu.filter(({ Label, Path }) => `${Label} ${Path}`.toLowerCase().includes(asked.toLowerCase()));
  const found: Target[] = [
    ...pages.map(({ Label, Path, IsScreen }) => ({ label: Label, path: Path, isScreen: IsScreen })),
    ...(has('/records')
      ? known(named.cinema).map(({ code, name }) => ({
          label: t.ofCinema(`${name} ${code}`.trim()),
          path: `/records?cinema=${code}`,
          isScreen: true,
        }))
      : []),
    ...(has('/fleet')
      ? known(named.account).map(({ code, name }) => ({
          label: t.terminal(`${name} ${code}`.trim()),
          path: `/fleet?q=${encodeURIComponent(code)}`,
          isScreen: true,
        }))
      : []),
    ...(has('/platforms')
      ? known(named.account).map(({ code, name }) => ({
          label: t.platform(`${name} ${code}`.trim()),
          path: `/platforms?platform=${encodeURIComponent(code)}`,
          isScreen: true,
        }))
      : []),
    ...things.filter((thing) => thing !== null),
  ]
    .filter(({ path }, place, all) => all.findIndex((one) => one.path === path) === place)
    .slice(0, SHOWN);

  function go(target: Target | undefined) {
    if (target === undefined) return;
    setOpen(false);
    if (target.isScreen) goTo(target.path);
    else window.location.assign(target.path);
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
      >
        <Input
          autoFocus
          value={text}
          aria-label={t.hint}
          placeholder={t.hint}
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => {
            setText(target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt(Math.min(at + 1, found.length - 1));
            else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
            else if (event.key === 'Enter') go(found[at]);
            else return;
            event.preventDefault();
          }}
        />
        <ul className="found">
          {found.map((target, place) => (
            <li key={target.path}>
              <Button type="text" block className={place === at ? 'at' : ''} onClick={() => go(target)}>
                {target.label}
              </Button>
            </li>
          ))}
        </ul>
        {found.length === 0 ? <p className="quiet">{t.none}</p> : null}
      </Modal>
    </>
  );
}
