import { type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  listCheckRecordsQuery,
  listedHoursJson,
  listedRecordsJson,
  ProtocolError,
  parseWallClock,
  timesOfHour,
} from '@ticket-check/protocol';
import { loadRecords } from '../store/record-states.ts';
import type { ListPlace } from '../tables/keys.ts';
import type { OwnStore } from '../tables/tables.ts';
import { type ComparedRecord, summarizeDay, withUndoings } from './summarize-day.ts';

/** Such a call reads up to a whole day: reports and gates need the machine too. */
const UNDER_WAY = { perOwner: 1, inAll: 4 };

/**
 * ListCheckRecords: the records of an account and of those it replaces, by hours or one by one. `forwards`: each is delivered or not. X7.
 */
export function listCheckRecordsApi(
  store: OwnStore,
  { forwards, usernamesOf }: { forwards: boolean; usernamesOf(username: string): Promise<readonly string[]> },
): SignedApi {
  return signedApi({
    name: APIS.listCheckRecords,
    role: 'platform',
    priority: 'background',
    query: listCheckRecordsQuery,
    cinemasOf: (query) => [query.cinemaCode],
    underWay: UNDER_WAY,
    async handle({ cinemaCode, businessDate, hour, after }, call) {
      const { username } = call.account;
      const spoken = { overrides: call.extended('overrides'), undone: call.extended('undone-records') };
      const asked = { cinemaCode, accounts: await usernamesOf(username) };
      if (hour === null) {
        const hours = await summarizeDay(store, { ...asked, businessDate, ...spoken });
        return listedHoursJson(forwards ? hours : hours.map((each) => ({ ...each, undelivered: 0 })));
      }
      const times = timesOfHour(hour);
      const place = after === null ? null : readPlace(after);
      if (place !== null && !(place.checkTime >= times.from && place.checkTime < times.until)) throw unknownPlace();
      const { page, next } = await loadRecords(store, { ...asked, ...times }, place);
      return listedRecordsJson(
        (await withUndoings(store, page)).map((each) => listedOf(each, forwards)),
        next === null ? null : placeText(next),
        spoken,
      );
    },
  });
}

function listedOf({ record, state, refused, undone }: ComparedRecord, forwards: boolean) {
  return {
    record,
    quarantine: record.quarantine,
    delivered: forwards && state !== 'QUARANTINED' ? state === 'DELIVERED' : null,
    refused: forwards && state === 'PARKED' ? (refused?.errorCode ?? '') : null,
    undone: undone !== null,
  };
}

function unknownPlace(): ProtocolError {
  return new ProtocolError('INVALID_QUERY', 'After must be Next of a page of the same hour', { element: 'After' });
}

const PLACE = /^(\S{19}) ([0-9a-f-]{36}) ([\w-]{16})$/;

function placeText({ checkTime, recordId, identity }: ListPlace): string {
  return `${checkTime} ${recordId} ${identity}`;
}

/** A place reveals no record: a caller who invents one continues among its own records. */
function readPlace(text: string): ListPlace {
  const [, checkTime = '', recordId = '', identity = ''] = PLACE.exec(text) ?? [];
  try {
    return { checkTime: parseWallClock(checkTime), recordId, identity };
  } catch {
    throw unknownPlace();
  }
}
