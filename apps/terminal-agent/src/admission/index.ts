// The pure rules of an admission, for `e2e/explore`.

export type { UpstreamAnswer } from '../upstream/ask-upstream.ts';
export { isConfirmed, isETicketOnly, isOverridable, judgeEntry, judgeOverride } from './rules.ts';
