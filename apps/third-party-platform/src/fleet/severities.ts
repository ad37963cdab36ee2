// Imported by the screen in the browser too, so it imports nothing.

export const SEVERITIES = ['error', 'warning', 'note', 'well'] as const;

/** How soon somebody has to look after a terminal. */
export const SEVERITY_WORDS = {
  error: { zh: '需立即处理', en: 'Now' },
  warning: { zh: '今天处理', en: 'Today' },
  note: { zh: '留意', en: 'To note' },
  well: { zh: '正常', en: 'Well' },
} as const satisfies Record<(typeof SEVERITIES)[number], object>;
