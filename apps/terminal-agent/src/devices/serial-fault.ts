/** Why a serial port cannot be opened, in words for whoever has to mend it. */
export function serialFault(reason: string): string {
  if (/No such file|cannot find/i.test(reason)) return 'it is not plugged in';
  if (/lock|Access denied|busy/i.test(reason)) return 'another program has it open';
  if (/Permission denied/i.test(reason)) return 'the agent may not open it: its user has to be in the group dialout';
  return reason;
}
