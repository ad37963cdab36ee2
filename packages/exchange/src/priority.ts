/** What a call is made for, the least urgent first: whoever waits at a gate goes before what nobody waits for. */
export const PRIORITIES = ['background', 'report', 'keys', 'question', 'claim'] as const;
export type CallPriority = (typeof PRIORITIES)[number];
