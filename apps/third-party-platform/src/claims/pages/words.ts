import type { InEachLanguage } from '@ticket-check/admin';

const zh = {
  list: {
    title: '未归还的占票',
    intro:
      '终端在放行前先占用影票；检票记录上报后，占用自动结束。下面列出检票记录尚未到达的占票，最早的在前。只有在终端无法自行归还、观众因此被拦住时，才需要在这里归还。',
    search: '二维码、电影票编码、记录编号或终端账号',
    searchHint: '请输入完整内容；电影票编码末尾补足的 0 可以省略。',
    cinema: '影院编码',
    allCinemas: '全部影院',
    submit: '查询',
    clear: '清除条件',
    none: '没有未归还的占票。',
    noneFound: '没有符合条件的占票：它可能已归还，或者检票记录已到达。',
    count: (shown: number) => `本页 ${shown} 条`,
    first: '回到第一页',
    next: '下一页',
    badCinema: '影院编码由 8 个字符组成，请核对后重新输入。',
    choose: '归还……',
  },
  columns: {
    ticket: '电影票编码',
    session: '放映开始',
    cinema: '影院',
    gate: '检票口',
    account: '终端账号',
    since: '占用时间',
    record: '记录编号',
    scanned: '扫码时间',
    action: '操作',
    reason: '原因',
    by: '操作人',
  },
  unknownGate: '未知',
  ago: (minutes: number) =>
    minutes < 60
      ? `${minutes} 分钟前`
      : minutes < 2880
        ? `${Math.floor(minutes / 60)} 小时前`
        : `${Math.floor(minutes / 1440)} 天前`,
  release: {
    title: '归还占票',
    what: '您将代替终端归还这次占票：',
    consequences: [
      '这张影票可以再次被占用，持票观众可以再次检票入场。',
      '如果此前已有人凭这张影票入场而记录尚未到达，就可能有两人入场。因此，这张影票以后的占用都标记为“未确认”。',
      '操作人、时间和原因会永久记录，不能修改或删除。',
    ],
    reason: '归还原因（必填）',
    reasonHint: '例如：3 号检票口终端损坏，观众仍在门外。最多 500 个字符。',
    current: '本人当前密码',
    submit: '确认归还',
    cancel: '取消',
  },
  released: {
    title: '占票已归还',
    text: '这张影票可以再次检票，之后的占用标记为“未确认”。',
    goneTitle: '未做更改',
    goneText: '这次占票已不存在：在此期间它已被归还，或者检票记录已到达（观众已入场）。',
    back: '返回占票列表',
  },
};

const en: typeof zh = {
  list: {
    title: 'Open claims',
    intro:
      'A terminal claims a ticket before it lets the guest in; the claim is settled when the check record arrives. These are the claims whose check record has not arrived, oldest first. Release one here only where its terminal cannot give it back and a guest is held up by it.',
    search: 'QR code, film ticket code, RecordId or account',
    searchHint: 'Enter it whole; the zeros that fill up a film ticket code can be left out.',
    cinema: 'Cinema code',
    allCinemas: 'All cinemas',
    submit: 'Search',
    clear: 'Clear',
    none: 'No claim is open.',
    noneFound: 'No open claim matches: it may have been released, or its check record has arrived.',
    count: (shown) => `${shown} on this page`,
    first: 'First page',
    next: 'Next page',
    badCinema: 'A cinema code has 8 characters. Check it and search again.',
    choose: 'Release …',
  },
  columns: {
    ticket: 'Film ticket code',
    session: 'Session start',
    cinema: 'Cinema',
    gate: 'Gate',
    account: 'Account',
    since: 'Claimed',
    record: 'RecordId',
    scanned: 'Scanned',
    action: 'Action',
    reason: 'Reason',
    by: 'Released by',
  },
  unknownGate: 'unknown',
  ago: (minutes) =>
    minutes < 60
      ? `${minutes} min ago`
      : minutes < 2880
        ? `${Math.floor(minutes / 60)} h ago`
        : `${Math.floor(minutes / 1440)} days ago`,
  release: {
    title: 'Release a claim',
    what: 'You are about to release this claim for its terminal:',
    consequences: [
      'The ticket can be claimed again, so anybody who shows it can be let in.',
      'If somebody has entered with it already and the record is still on its way, two people may enter. Later claims on this ticket are therefore marked as unconfirmed.',
      'Who did it, when and why is kept for good and cannot be changed.',
    ],
    reason: 'Reason (required)',
    reasonHint: 'For example: the terminal at gate 3 broke down, the guest is still outside. At most 500 characters.',
    current: 'Your current password',
    submit: 'Release the claim',
    cancel: 'Cancel',
  },
  released: {
    title: 'Claim released',
    text: 'The ticket can be claimed again; later claims on it are unconfirmed.',
    goneTitle: 'Nothing was changed',
    goneText: 'This claim is no longer open: it was released, or its check record has arrived (the guest went in).',
    back: 'Back to open claims',
  },
};

export const WORDS: InEachLanguage<typeof zh> = { zh, en };
