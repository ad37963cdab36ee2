import { allows, secret, text } from '@ticket-check/runtime';
import { z } from 'zod';
import { PERMISSION_NAMES, type Permission, ROLES, type Role } from './people-words.ts';

export { PERMISSION_NAMES, type Permission, ROLES, type Role } from './people-words.ts';

const READS = ['records.read', 'claims.read', 'tickets.read'] as const;
const USHER = [...READS, 'tickets.check', 'entries.undo-unpassed', 'gates.clear'] as const;
const SETTLES = ['records.resolve', 'claims.release', 'entries.undo', 'entries.override'] as const;

const PERMISSIONS: Record<Role, readonly Permission[]> = {
  administrator: PERMISSION_NAMES,
  supervisor: [...USHER, ...SETTLES, 'fleet.read', 'cinemas.read'],
  usher: USHER,
  auditor: [...READS, 'fleet.read', 'cinemas.read', 'settings.read', 'audit.read'],
};

/** What a role permits. Scheme 5.3.2.1; reading S4. */
export function permits(role: Role, permission: Permission): boolean {
  return PERMISSIONS[role].includes(permission);
}

/** The settings of every service that has operators. An app spreads them into its own. */
export const operatorSettings = {
  // Roles whose operators need a second factor: without one they set it up at the login, before anything else.
  SECOND_FACTOR_ROLES: allows(
    z
      .string()
      .transform((value) => value.split(',').map((role) => role.trim()))
      .pipe(z.array(z.enum(ROLES))),
    `roles separated by commas, of ${ROLES.join(', ')}`,
    `${ROLES.join('、')} 中的角色，用逗号分隔`,
  ).default([]),

  // Who runs a command that changes something, where nobody is there to type a password: an API token.
  OPERATOR_TOKEN: secret(text('an API token (token add)', '接口令牌（token add）').optional()),
};
