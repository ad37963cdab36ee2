import { listScans } from '../journal/list-scans.ts';
import type { TerminalSite } from './test-terminal.ts';

/** The newest scans as `scans list` prints them, oldest of them first. */
export async function listedScans(terminal: TerminalSite, most = 10): Promise<Record<string, unknown>[]> {
  const scans: Record<string, unknown>[] = [];
  for await (const scan of listScans(await terminal.open(), most)) scans.push(scan);
  return scans;
}
