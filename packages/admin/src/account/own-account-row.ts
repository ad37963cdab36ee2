import type { SessionRow } from '@ticket-check/operators/rows';

export type PasskeyRow = Readonly<Record<'Id' | 'Name' | 'Host' | 'AddedAt', string>> & {
  readonly UsedAt: string | null;
};

export type OwnAccount = {
  readonly Username: string;
  readonly CinemaCodes: readonly string[];
  readonly TotpSince: string | null;
  readonly RecoveryCodes: number;
  readonly Passkeys: readonly PasskeyRow[];
  readonly Sessions: readonly SessionRow[];
  readonly ThisSession: string;
};

/** What is answered where recovery codes are made; null where those that there are stay. */
export type WithCodes = { readonly RecoveryCodes: readonly string[] | null };
