/** Explains why a serial port cannot be opened, for the person who repairs it. */
export function serialFault(reason: string): string {
  if (/No such file|cannot find/i.test(reason)) return 'it is not plugged in';
  if (/lock|Access denied|busy/i.test(reason)) return 'another program has it open';
  if (/Permission denied/i.test(reason)) return 'the agent may not open it: its user has to be in the group dialout';
  return reason;
}
