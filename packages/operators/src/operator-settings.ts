import { allows, secret, text } from '@ticket-check/runtime';
import { z } from 'zod';
import { ROLES, type Role } from './people/role.ts';

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
