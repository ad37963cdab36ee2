import {
  listCommand,
  operationCommand,
  type PageSet,
  type Reading,
  serveList,
  serveOperations,
} from '@ticket-check/admin';
import type { KeyCacheTables } from '@ticket-check/key-cache';
import type { CommandStore, OperationTables } from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { type CinemaTables, createServedCinemas } from '../cinemas/served-cinemas.ts';
import { addCinemas, declaredCinemas, nameCinema } from './declared-cinemas.ts';

export function cinemasPages(store: Store<CinemaTables & KeyCacheTables & OperationTables>, reading: Reading): PageSet {
  const { now } = reading;
  const listed = declaredCinemas(now);
  return {
    name: 'cinemas',
    screens: [{ path: '/cinemas', permission: listed.permission, label: listed.title }],
    ...serveList(listed, withTables(store), reading),
    names: [{ kind: 'cinema', permission: 'records.read', names: createServedCinemas({ db: store.reports }).names }],
    actions: serveOperations([addCinemas, nameCinema], { store, now }),
  };
}

/** Adds `cinema add`, `name` and `list`. */
export function cinemaCommands<DB extends CinemaTables & KeyCacheTables & OperationTables>(
  program: Command,
  { store, now }: { store: CommandStore<DB>; now: Clock },
): void {
  const group = program.command('cinema').description('manage the cinemas of this platform');
  operationCommand(group, addCinemas, { store, now });
  operationCommand(group, nameCinema, { store, now });
  listCommand(group, declaredCinemas(now), {
    store,
    source: (opened: Store<DB>): Store<CinemaTables & KeyCacheTables> => withTables(opened),
    command: 'list',
    description: 'print served cinemas and their keys, one JSON object a line',
    isQuiet: true,
  });
}
