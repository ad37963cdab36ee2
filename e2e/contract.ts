import { writeFileSync } from 'node:fs';
import { errorCodesJson, signedApisJson } from '@ticket-check/protocol';

/** What peers can read with a program, made of the schemas that requests are read with: the files of docs/contract. */
export const CONTRACT = {
  'error-codes.json': errorCodesJson(),
  'signed-apis.json': signedApisJson(),
};

export const fileText = (content: object) => `${JSON.stringify(content, null, 2)}\n`;

if (import.meta.main) {
  for (const [name, content] of Object.entries(CONTRACT)) {
    writeFileSync(new URL(`../docs/contract/${name}`, import.meta.url), fileText(content));
  }
}
