import type { CinemaTables } from '../cinemas/cinema-tables.ts';
import type { PublicKeyTables } from '../public-keys/public-key-tables.ts';
import type { TicketTables } from '../tickets/ticket-tables.ts';
import type { ImportRequestTables } from './import-requests.ts';
import type { IntakeCountTables } from './intake-counts.ts';

/** What imports write. */
export type IntakeTables = CinemaTables & PublicKeyTables & TicketTables & ImportRequestTables & IntakeCountTables;
