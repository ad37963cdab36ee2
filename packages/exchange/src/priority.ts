/** What a call is made for, the least urgent first: a guest at a gate comes before work that nobody waits for. */
export const PRIORITIES = ['background', 'report', 'keys', 'question', 'claim'] as const;
export type CallPriority = (typeof PRIORITIES)[number];
