import type { InEachLanguage } from '../begin/language.ts';

const zh = {
  menu: '菜单',
  skip: '跳到正文',
  account: '我的账号',
  logout: '退出',
  otherLanguage: 'English',
  shade: '外观',
  shades: { system: '跟随系统', light: '浅色', dark: '深色' },
  unknown: { title: '页面不存在', text: '请从菜单中选择。' },
  broken: {
    title: '此页面未能显示',
    text: '系统可能刚刚升级。请重新载入；如果仍然出错，请告知管理员。',
    reload: '重新载入',
  },
};

const en: typeof zh = {
  menu: 'Menu',
  skip: 'Skip to content',
  account: 'My account',
  logout: 'Log out',
  otherLanguage: '中文',
  shade: 'Colours',
  shades: { system: 'As the system', light: 'Light', dark: 'Dark' },
  unknown: { title: 'Page not found', text: 'Choose one from the menu.' },
  broken: {
    title: 'This page could not be shown',
    text: 'The service may just have been updated. Load the page again; if it still fails, tell an administrator.',
    reload: 'Load again',
  },
};

export const WORDS: InEachLanguage<typeof zh> = { zh, en };
