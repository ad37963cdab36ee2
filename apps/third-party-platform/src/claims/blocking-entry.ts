import type { Accounts } from '@ticket-check/exchange';
import type { BlockingEntry, ClaimEntry, TicketIdentity } from '@ticket-check/protocol';
import type { ClaimStore } from './claim-store.ts';
import { releasePath } from './open-claims.ts';

/**
 * Says whose the entry is that a claim was refused for, and whether it is only a claim: not where the platform above knows that
 * somebody went in.
 */
export type DescribeEntry = (
  ticket: TicketIdentity,
  entry: ClaimEntry,
  above: { readonly isEntered: boolean },
) => Promise<BlockingEntry>;

/** @param consoleUrl where staff open the console; null if unknown */
export function createDescribeEntry(options: {
  claims: Pick<ClaimStore, 'known'>;
  accounts: Pick<Accounts, 'find'>;
  consoleUrl: string | null;
}): DescribeEntry {
  const { claims, accounts, consoleUrl } = options;
  return async ({ cinemaCode, filmTicketCode, startTime }, entry, { isEntered }) => {
    const ticket = { cinemaCode, filmTicketCode, startTime };
    const { holder, records } = await claims.known(ticket);
    const isOf = ({ recordId }: { recordId: string }) => recordId === entry.recordId;
    const isClaim = !isEntered && holder !== null && isOf(holder) && !holder.recorded;
    const account = [holder, ...records].find((known) => known !== null && isOf(known))?.account;
    // Only the platform above knows it.
    if (account === undefined) return entry;
    const terminal = (await accounts.find(account))?.displayName ?? account;
    if (!isClaim) return { ...entry, terminal };
    const { recordId } = entry;
    const claimUrl = consoleUrl === null ? undefined : consoleUrl + releasePath({ ...ticket, recordId });
    return { ...entry, terminal, unrecorded: true, ...(claimUrl !== undefined && { claimUrl }) };
  };
}
