import { copyThenDrop } from '@ticket-check/storage/testing/versions';
import { thirdPartyMigrations } from '@ticket-check/third-party-platform/database';

// Loaded before a third-party platform (`--import`): it is one of a later version then, which knows two steps more.

const KEY = ['start_time', 'cinema_code', 'film_ticket_code'];
Object.assign(thirdPartyMigrations, copyThenDrop('ticket_claim', KEY, 'gate'));
