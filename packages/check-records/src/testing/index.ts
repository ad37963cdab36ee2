export { CINEMA, makeRecord, makeRecords, makeUkey, UKEY } from './records.ts';
