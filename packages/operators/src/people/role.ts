/** What somebody may do on a platform. */
export const PERMISSION_NAMES = ['claims.read', 'claims.release', 'audit.read', 'operators.manage'] as const;
export type Permission = (typeof PERMISSION_NAMES)[number];

export const isPermission = (name: string): name is Permission => PERMISSION_NAMES.some((known) => known === name);

export const ROLES = ['administrator', 'supervisor', 'usher', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

const PERMISSIONS: Record<Role, readonly Permission[]> = {
  administrator: ['claims.read', 'claims.release', 'audit.read', 'operators.manage'],
  supervisor: ['claims.read', 'claims.release'],
  usher: ['claims.read'],
  auditor: ['claims.read', 'audit.read'],
};

/** What a role permits. Scheme 5.3.2.1; reading S4. */
export function permits(role: Role, permission: Permission): boolean {
  return PERMISSIONS[role].includes(permission);
}
