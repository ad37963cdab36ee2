export { startPlatform } from './platform.ts';
export { CINEMA, makeRecord, makeRecords, makeUkey, UKEY } from './records.ts';
