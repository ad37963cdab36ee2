/** The permissions of operators and tokens; docs/deployment.md describes them role by role. */
export const PERMISSION_NAMES = [
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
  'settings.read',
  'audit.read',
  'service.manage',
  'operators.manage',
] as const;
export type Permission = (typeof PERMISSION_NAMES)[number];

export const isPermission = (name: string): name is Permission => PERMISSION_NAMES.some((known) => known === name);

export const ROLES = ['administrator', 'supervisor', 'usher', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

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
