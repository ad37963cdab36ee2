import { DesktopOutlined, MenuOutlined, MoonOutlined, SunOutlined } from '@ant-design/icons';
import { Button, Drawer, Flex } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { inEachLanguage, useBegun, useLanguage, useWords } from '../begin/begun.ts';
import { chooseShade, SHADES, useChosenShade } from '../look/theme.ts';
import { Find } from './find.tsx';
import { Menu } from './menu.tsx';

/** What surrounds every screen: the menu, who is logged in, language and colours. */
export function Shell({ children }: { children: ReactNode }) {
  const t = useWords(WORDS);
  const { Site, Environment, Logo } = useBegun();
  const [isOpen, setOpen] = useState(false);
  const [path] = useLocation();
  useEffect(() => setOpen(false), [path]);
  const ends = (
    <>
      <ShadeSwitch />
      <LanguageSwitch />
      <Account />
    </>
  );
  return (
    <div className="with-menu">
      <a className="skip" href="#content">
        {t.skip}
      </a>
      <header className="bar">
        <Button
          className="menu-button"
          icon={<MenuOutlined aria-hidden />}
          aria-label={t.menu}
          aria-expanded={isOpen}
          onClick={() => setOpen(true)}
        />
        <a className="site" href="/">
          {Logo === null ? null : <img src={Logo} alt="" />}
          {Site}
          {Environment === null ? null : <span className="environment">{Environment}</span>}
        </a>
        <Find />
        <Flex className="bar-end" align="center" gap={20}>
          {ends}
        </Flex>
      </header>
      <div className="side">
        <Menu />
      </div>
      <Drawer
        open={isOpen}
        onClose={() => setOpen(false)}
        placement="left"
        size={280}
        title={Site}
        footer={
          <Flex className="drawer-end" vertical align="start" gap="middle">
            {ends}
          </Flex>
        }
      >
        <Menu />
      </Drawer>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function Account() {
  const t = useWords(WORDS);
  const { Operator, Csrf } = useBegun();
  return (
    <div className="account">
      <Link href="/account" title={t.account}>
        {Operator.Username} <small>{Operator.RoleName}</small>
      </Link>
      <form method="post" action="/logout">
        <input type="hidden" name="_csrf" value={Csrf} />
        <Button htmlType="submit" size="small">
          {t.logout}
        </Button>
      </form>
    </div>
  );
}

/** The next of the three: as the system, light, dark. */
function ShadeSwitch() {
  const t = useWords(WORDS);
  const chosen = useChosenShade();
  const Icon = ICONS[chosen];
  const next = SHADES[(SHADES.indexOf(chosen) + 1) % SHADES.length] ?? 'system';
  return (
    <Button
      type="text"
      icon={<Icon aria-hidden />}
      aria-label={t.shade(t.shades[chosen])}
      title={t.shade(t.shades[chosen])}
      onClick={() => chooseShade(next)}
    />
  );
}

const ICONS = { system: DesktopOutlined, light: SunOutlined, dark: MoonOutlined } as const;

function LanguageSwitch() {
  const t = useWords(WORDS);
  const language = useLanguage();
  const [path] = useLocation();
  const search = useSearch();
  const to = language === 'zh' ? 'en' : 'zh';
  const back = search === '' ? path : `${path}?${search}`;
  return (
    <a href={`/language?${new URLSearchParams({ to, return: back })}`} lang={to === 'zh' ? 'zh-CN' : 'en'}>
      {t.otherLanguage}
    </a>
  );
}

export const WORDS = inEachLanguage({
  menu: ['菜单', 'Menu'],
  skip: ['跳到正文', 'Skip to content'],
  account: ['我的账号', 'My account'],
  logout: ['退出', 'Log out'],
  otherLanguage: ['English', '中文'],
  shade: (shade: string) => [`外观：${shade}`, `Appearance: ${shade}`],
  shades: {
    system: ['跟随系统', 'as the system'],
    light: ['浅色', 'light'],
    dark: ['深色', 'dark'],
  },
  unknown: {
    title: ['页面不存在', 'Page not found'],
    text: ['请从菜单中选择。', 'Choose one from the menu.'],
  },
  broken: {
    title: ['此页面未能显示', 'This page could not be shown'],
    text: [
      '系统可能刚刚升级。请重新载入；如果仍然出错，请告知管理员。',
      'The service may just have been updated. Load the page again; if it still fails, tell an administrator.',
    ],
    reload: ['重新载入', 'Load again'],
  },
});
