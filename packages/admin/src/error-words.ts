/** What is said of refusals that every page and screen may have. It imports nothing: screens read it too. */
export const ERROR_WORDS = {
  'bad-input': {
    title: ['无法处理该请求', 'This request cannot be handled'],
    text: [
      '链接或输入内容不完整或有误。请更正后重试。',
      'The link or what was entered is incomplete or wrong. Correct it and try again.',
    ],
  },
  forbidden: {
    title: ['没有权限', 'Not permitted'],
    text: [
      '您的账号没有查看此内容或执行此操作的权限。如有需要，请联系管理员。',
      'Your account may not see this or do this. Ask an administrator if you need it.',
    ],
  },
  'forged-form': {
    title: ['页面已失效', 'This page is out of date'],
    text: ['未做任何更改。请刷新此页后重试。', 'Nothing was changed. Load it again, then try again.'],
  },
  'not-found': {
    title: ['页面不存在', 'Page not found'],
    text: ['该地址下没有内容，或者内容已不存在。', 'There is nothing at this address, or it is gone.'],
  },
  failed: {
    title: ['系统出错', 'Something went wrong here'],
    text: [
      '请求未能完成。请稍后重试；如果仍然出错，请将请求编号告知管理员。',
      'The request could not be completed. Try again later; if it still fails, tell your administrator the request ID.',
    ],
  },
  'too-long': {
    title: ['内容过长', 'Too long'],
    text: ['未做任何更改。请缩短后重试。', 'Nothing was changed. Shorten it and try again.'],
  },
} as const;
