// The pure rules of an admission, for `e2e/explore`.

export type { UpstreamAnswer } from '../upstream/ask-upstream.ts';
export { isOverridable, judgeOverride } from './override-rule.ts';
export { isConfirmed, isETicketOnly, judgeEntry } from './rules.ts';
