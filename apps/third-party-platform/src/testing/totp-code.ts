import { generate } from 'otplib';

/** The code an authenticator app shows `steps` × 30 s from now: each counts once. One of the past may be too old when it arrives. */
export function totpCode(secret: string, steps = 0): Promise<string> {
  return generate({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * steps });
}
