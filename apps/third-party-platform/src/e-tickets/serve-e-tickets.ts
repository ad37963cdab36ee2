import { listCommand, operationCommand, type PageSet, serveList, serveOperations } from '@ticket-check/admin';
import type { CommandStore, OperationTables } from '@ticket-check/operators';
import type { Clock, Service } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { declaredETicketKeys, type PickUpTables, undonePickUp } from './declared-e-tickets.ts';
import type { ETicketTables } from './e-ticket-tables.ts';

/** The keys of e-tickets on the screen of cinemas, and undoing a pick-up on that of its ticket. Reading C5. */
export function eTicketPages({ now }: Pick<Service, 'now'>, store: Store<PickUpTables & OperationTables>): PageSet {
  const { keys, rotate, revoke } = declaredETicketKeys(now);
  return {
    name: 'e-tickets',
    ...serveList(keys, withTables(store)),
    actions: serveOperations<PickUpTables>([rotate, revoke, undonePickUp], { store, now }),
  };
}

/** Adds `eticket-key list`, `rotate` and `revoke`, and `pick-up undo`. Reading C5. */
export function eTicketCommands<DB extends PickUpTables & OperationTables>(
  program: Command,
  { store, now }: { store: CommandStore<DB>; now: Clock },
): void {
  const group = program.command('eticket-key').description('manage the keys that sign e-tickets');
  const { keys, rotate, revoke } = declaredETicketKeys(now);
  const parts = { store, now };
  listCommand(group, keys, {
    store,
    source: (opened): Store<ETicketTables> => withTables(opened),
    isQuiet: true,
    command: 'list',
    description: 'list keys, newest first (public halves only)',
  });
  operationCommand(group, rotate, parts);
  operationCommand(group, revoke, parts);
  const pickUps = program.command('pick-up').description('work with paper pick-ups');
  operationCommand(pickUps, undonePickUp, parts);
}
