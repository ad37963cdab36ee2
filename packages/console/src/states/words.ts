import type { InEachLanguage } from '../begin/begun.ts';

const zh = {
  reading: '正在读取……',
  readingLong: (span: string) => `数据较多，仍在读取，已用时 ${span}。`,
  retry: '重试',
  requestId: '请求编号',
  retryIn: (seconds: number) => `请在 ${seconds} 秒后重试。`,
  problems: {
    unreachable: {
      title: '无法连接服务',
      text: '检票不受此页面影响。请检查本机网络；如果其他页面也打不开，请联系管理员。',
    },
    failed: { title: '系统出错', text: '请求未能完成。请稍后重试；如果仍然出错，请将请求编号告知管理员。' },
    forbidden: { title: '没有权限', text: '您的账号没有查看此内容或执行此操作的权限。如有需要，请联系管理员。' },
    'bad-input': { title: '无法处理该请求', text: '链接或输入内容不完整或有误。请更正后重试。' },
    'not-found': { title: '内容不存在', text: '该地址下没有内容，或者内容已不存在。请返回列表查看。' },
    'too-long': { title: '内容过长', text: '未做任何更改。请缩短后重试。' },
    'forged-form': { title: '页面已失效', text: '未做任何更改。请刷新此页后重试。' },
    'wrong-password': { title: '密码不正确', text: '未做任何更改。请输入您自己的登录密码。' },
    'password-missing': { title: '需要密码', text: '未做任何更改。请输入您自己的登录密码。' },
    'too-soon': { title: '尝试次数过多', text: '未做任何更改。' },
    busy: { title: '系统繁忙', text: '未做任何更改。请稍后重试。' },
  } as Readonly<Record<string, { title: string; text: string }>>,
  other: { title: '未能完成', text: (code: string) => `未做任何更改（${code}）。请刷新此页后重试。` },
};

const en: typeof zh = {
  reading: 'Loading …',
  readingLong: (span) => `There is much to read. Still at it after ${span}.`,
  retry: 'Try again',
  requestId: 'Request ID',
  retryIn: (seconds) => `Try again in ${seconds} seconds.`,
  problems: {
    unreachable: {
      title: 'The service cannot be reached',
      text: 'Checking tickets does not depend on this page. Check the network of this device; if no other page opens either, tell an administrator.',
    },
    failed: {
      title: 'Something went wrong here',
      text: 'The request could not be completed. Try again later; if it still fails, tell your administrator the request ID.',
    },
    forbidden: {
      title: 'Not permitted',
      text: 'Your account may not see this or do this. Ask an administrator if you need it.',
    },
    'bad-input': {
      title: 'This request cannot be handled',
      text: 'The link or what was entered is incomplete or wrong. Correct it and try again.',
    },
    'not-found': {
      title: 'Nothing is here',
      text: 'There is nothing at this address, or it is gone. Go back to the list.',
    },
    'too-long': { title: 'Too long', text: 'Nothing was changed. Shorten it and try again.' },
    'forged-form': { title: 'This page is out of date', text: 'Nothing was changed. Load it again, then try again.' },
    'wrong-password': {
      title: 'The password is wrong',
      text: 'Nothing was changed. Enter the password that you log in with.',
    },
    'password-missing': {
      title: 'Your password is needed',
      text: 'Nothing was changed. Enter the password that you log in with.',
    },
    'too-soon': { title: 'Too many attempts', text: 'Nothing was changed.' },
    busy: { title: 'Too busy', text: 'Nothing was changed. Try again in a moment.' },
  },
  other: {
    title: 'This was not done',
    text: (code) => `Nothing was changed (${code}). Load the page again, then try again.`,
  },
};

export const WORDS: InEachLanguage<typeof zh> = { zh, en };
