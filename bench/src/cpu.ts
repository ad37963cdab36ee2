import { readFileSync } from 'node:fs';

/** Of Linux, in /proc. */
const JIFFIES_A_SECOND = 100;

/** Seconds of CPU that a process has used. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / JIFFIES_A_SECOND;
}
