import { allows, secret, text } from '@ticket-check/runtime';
import { z } from 'zod';
import { PERMISSION_NAMES, type Permission, ROLES, type Role } from './people-words.ts';

export { PERMISSION_NAMES, type Permission, ROLES, type Role } from './people-words.ts';

export const isPermission = (name: string): name is Permission => PERMISSION_NAMES.some((known) => known === name);

const PERMISSIONS: Record<Role, readonly Permission[]> = {
  administrator: PERMISSION_NAMES,
  supervisor: [
    'records.read',
    'records.resolve',
    'claims.read',
    'claims.release',
    'tickets.read',
    'tickets.check',
    'entries.undo',
    'entries.undo-unpassed',
    'entries.override',
    'gates.clear',
    'fleet.read',
    'cinemas.read',
  ],
  usher: ['records.read', 'claims.read', 'tickets.read', 'tickets.check', 'entries.undo-unpassed', 'gates.clear'],
  auditor: ['records.read', 'claims.read', 'tickets.read', 'fleet.read', 'cinemas.read', 'settings.read', 'audit.read'],
};

/** What a role permits. Scheme 5.3.2.1; reading S4. */
export function permits(role: Role, permission: Permission): boolean {
  return PERMISSIONS[role].includes(permission);
}

/** The settings of every service that has operators. An app spreads them into its own. */
export const operatorSettings = {
  // Roles whose operators need a second factor: without one they set it up at the login, before anything else.
  SECOND_FACTOR_ROLES: allows(
    z.string().transform((value, context): Role[] => {
      const roles = value.split(',').map((role) => ROLES.find((known) => known === role.trim()));
      if (!roles.includes(undefined)) return roles as Role[];
      context.addIssue({ code: 'custom', message: 'unknown role' });
      return z.NEVER;
    }),
    `roles separated by commas, of ${ROLES.join(', ')}`,
    `${ROLES.join('、')} 中的角色，用逗号分隔`,
  ).default([]),

  // Who runs a command that changes something, where nobody is there to type a password: an API token.
  OPERATOR_TOKEN: secret(text('an API token (token add)', '接口令牌（token add）').optional()),
};
