import type { InEachLanguage } from '../language.ts';

type Words = {
  title: string;
  username: string;
  role: string;
  cinemas: string;
  allCinemas: string;
  changePassword: string;
  done: Record<'session-ended' | 'others-ended', string>;
  sessions: {
    title: string;
    intro: string;
    columns: { began: string; address: string; seen: string; action: string };
    thisOne: string;
    end: string;
    endOthers: string;
    onlyOne: string;
  };
};

const zh: Words = {
  title: '我的账号',
  username: '用户名',
  role: '角色',
  cinemas: '影院',
  allCinemas: '全部影院',
  changePassword: '修改密码',
  done: { 'session-ended': '该登录已结束。', 'others-ended': '除当前登录外，其他登录均已结束。' },
  sessions: {
    title: '登录中的设备',
    intro: '如果有您不认识的登录，请结束它并修改密码。',
    columns: { began: '登录时间', address: '登录地址', seen: '最近使用', action: '操作' },
    thisOne: '当前登录',
    end: '结束',
    endOthers: '结束其他全部登录',
    onlyOne: '没有其他登录。',
  },
};

const en: Words = {
  title: 'My account',
  username: 'Username',
  role: 'Role',
  cinemas: 'Cinemas',
  allCinemas: 'All cinemas',
  changePassword: 'Change password',
  done: { 'session-ended': 'That session has ended.', 'others-ended': 'All your other sessions have ended.' },
  sessions: {
    title: 'Where you are logged in',
    intro: 'If you do not recognise one of these, end it and change your password.',
    columns: { began: 'Logged in', address: 'From', seen: 'Last used', action: 'Action' },
    thisOne: 'This session',
    end: 'End',
    endOthers: 'End all other sessions',
    onlyOne: 'You are logged in nowhere else.',
  },
};

export const WORDS: InEachLanguage<Words> = { zh, en };
