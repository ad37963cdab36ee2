import { ERROR_WORDS } from '@ticket-check/admin/error-words';
import { inEachLanguage, type Pair } from '../begin/begun.ts';

export const WORDS = inEachLanguage({
  reading: ['正在读取……', 'Loading …'],
  retry: ['重试', 'Try again'],
  requestId: ['请求编号', 'Request ID'],
  retryIn: (seconds: number) => [`请在 ${seconds} 秒后重试。`, `Try again in ${seconds} seconds.`],
  problems: {
    unreachable: {
      title: ['无法连接服务', 'The service cannot be reached'],
      text: [
        '检票不受此页面影响。请检查本机网络；如果其他页面也打不开，请联系管理员。',
        'Checking tickets does not depend on this page. Check the network of this device; if no other page opens either, tell an administrator.',
      ],
    },
    ...ERROR_WORDS,
    'not-found': {
      title: ['内容不存在', 'Nothing is here'],
      text: [
        '该地址下没有内容，或者内容已不存在。请返回列表查看。',
        'There is nothing at this address, or it is gone. Go back to the list.',
      ],
    },
    'wrong-password': {
      title: ['密码不正确', 'The password is wrong'],
      text: ['未做任何更改。请输入您自己的登录密码。', 'Nothing was changed. Enter the password that you log in with.'],
    },
    'reason-missing-or-too-long': {
      title: ['请写明内容', 'What was written is missing or too long'],
      text: ['未做任何更改。请填写 1 到 500 个字。', 'Nothing was changed. Enter 1 to 500 characters.'],
    },
    'too-soon': {
      title: ['尝试次数过多', 'Too many attempts'],
      text: ['未做任何更改。', 'Nothing was changed.'],
    },
    busy: {
      title: ['系统繁忙', 'Too busy'],
      text: [
        '您的上一次操作可能还在进行。请稍后重试。',
        'Your last request may still be under way. Try again in a moment.',
      ],
    },
  } as Readonly<Record<string, { title: Pair; text: Pair }>>,
  chooseCinema: {
    title: ['请选择一家影院', 'Choose a cinema'],
    text: [
      '影院较多：这样查询，一周最多十家，一个月最多两家。请在上面的条件中选择一家影院，或只查一个营业日。',
      'There are many cinemas, and this is answered for at most ten for a week, two for a month. Choose one above, or a single business date.',
    ],
  },
  other: {
    title: ['未能完成', 'This was not done'],
    text: (code: string) => [
      `未做任何更改（${code}）。请刷新此页后重试。`,
      `Nothing was changed (${code}). Load the page again, then try again.`,
    ],
  },
});
