import type { KeyObject } from 'node:crypto';
import { workerData } from 'node:worker_threads';
// Not the whole package: the thread needs no messages, and loading zod costs several times what all the rest does.
import { type PayloadForm, sign } from '@ticket-check/protocol/signature';

/** What every text is signed with. */
export type SigningKey = { readonly privateKey: KeyObject; readonly form: PayloadForm };

const { privateKey, form } = workerData as SigningKey;

export default (text: string): string => sign(text, privateKey, form);
