import { atEach, type Evidence, type Kept, type Terminals } from './evidence.ts';

/** A refusal that a supervisor overrode at a terminal's console, and asked about until it was done. */
export interface OverrideAsked {
  terminal: string;
  gate: string;
  filmTicketCode: string;
  /** The RecordId of the refused scan, and what was answered to it. */
  refusal: string;
  verdict: string;
  operator: string;
  reason: string;
  /** The RecordIds of the admissions that the answers to the supervisor named. */
  admissions: string[];
}

interface AuditEntry {
  Name: string;
  Actor: string;
  Failed: boolean;
  What: { recordId?: string; reason?: string };
  After: { RecordId?: string } | null;
}

/**
 * Holds every override that was asked for, and no other, against stores, logs and the audit: it was done once, wholly, every answer agrees
 * with it, and no gate opened for it twice. Reading R10.
 */
export async function judgeOverrides(
  terminals: Terminals,
  evidence: Evidence,
  asked: readonly OverrideAsked[],
  failures: string[],
): Promise<void> {
  const concerned = new Map([...terminals].filter(([name]) => asked.some(({ terminal }) => terminal === name)));
  const audits = await atEach(concerned, (its) => its.list<AuditEntry>('terminal-agent', 'audit', 'list'));
  const left = new Set(evidence.scans.filter(({ Overrides }) => Overrides !== undefined));
  const stores: [string, readonly Kept[]][] = [
    ['the national platform', evidence.national],
    ['the third-party platform', evidence.thirdParty],
    ...evidence.own,
  ];
  const marked = new Map(stores.map(([where, kept]) => [where, new Set(kept.filter(isMarked))]));

  for (const { refusal, filmTicketCode, verdict, ...of } of asked) {
    const fail = (what: string) => void failures.push(`the refusal of ${filmTicketCode} at ${of.terminal} ${what}`);
    const scans = [...left].filter((scan) => scan.terminal === of.terminal && scan.Overrides === refusal);
    const [scan] = scans;
    for (const each of scans) left.delete(each);
    if (scan === undefined || scans.length > 1) {
      fail(`was overridden ${scans.length} times`);
      continue;
    }
    const { RecordId, openings } = scan;
    const kept = [scan.Verdict, scan.FilmTicketCode, scan.Gate, scan.OverriddenBy, scan.OverrideReason].join(', ');
    const expected = ['ADMIT', filmTicketCode, of.gate, of.operator, of.reason].join(', ');
    if (kept !== expected) fail(`is kept as overridden with ${kept} instead of ${expected}`);
    if (openings.length > 1) fail(`opened the gate ${openings.length} times`);
    if (of.admissions.length > 1 || of.admissions.some((named) => named !== RecordId))
      fail(`is admission ${RecordId}, but its supervisor got ${of.admissions}`);
    for (const [where, kept] of stores) {
      if (where !== of.terminal && evidence.own.has(where)) continue;
      const records = kept.filter((record) => record.RecordId === RecordId);
      for (const record of records) marked.get(where)!.delete(record);
      if (records.length !== 1 || records[0]!.OverriddenVerdict !== verdict)
        fail(`is at ${where} ${records.length} times, as ${records.map((one) => one.OverriddenVerdict)}`);
    }
    const isOfThis = ({ Name, What, Failed }: AuditEntry) =>
      Name === 'entries override' && What.recordId === refusal && !Failed;
    const entries = (audits.get(of.terminal) ?? []).filter(isOfThis);
    if (entries.length !== 1) fail(`is in the audit ${entries.length} times`);
    for (const { Actor, What, After } of entries)
      if (Actor !== of.operator || What.reason !== of.reason || After?.RecordId !== RecordId)
        fail(`is in the audit as ${JSON.stringify({ Actor, What, After })}`);
  }

  if (left.size > 0) failures.push(`${left.size} refusals are overridden that nobody asked for`);
  for (const [where, { size }] of marked)
    if (size > 0) failures.push(`${size} records at ${where} are of overrides that their terminal does not know`);
}

const isMarked = ({ OverriddenVerdict }: Kept): boolean => OverriddenVerdict !== undefined;
