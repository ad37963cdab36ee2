import { z } from 'zod';
import { TICKET } from '../check-records/ticket-row.ts';

export const ENTRY_ROW = z.object({ ...TICKET, CheckTime: z.string(), Gate: z.string() });

export type EntryRow = z.output<typeof ENTRY_ROW>;
