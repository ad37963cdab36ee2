import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';

/** What a PostgreSQL server has acknowledged to this process. */
export type Acknowledged = {
  /** The generation of the data that it was acknowledged in. */
  readonly generation: string;
  readonly system: string;
  readonly timeline: string;
  /** Bytes of the log that hold all of it, but for the commits of `last`. */
  readonly position: number;
  /** The transactions whose commits may lie beyond `position`; what else they wrote lies before it. */
  readonly last: readonly string[];
  /** Whether each commit waited for a standby when the server was looked at last. */
  readonly waited: boolean;
};

export type AcknowledgedMemory = {
  /** null if nothing is remembered. */
  current(): Acknowledged | null;
  remember(acknowledged: Acknowledged): void;
  /** Writes the file where something has changed. */
  save(): Promise<void>;
};

/** @param file outlives the process; without one nothing does. A file that cannot be read is as none. */
export function createAcknowledgedMemory(file: string | undefined): AcknowledgedMemory {
  let current = file === undefined ? null : readAcknowledged(file);
  let saved = current;
  let saving = Promise.resolve();

  async function write(path: string): Promise<void> {
    if (current === saved) return;
    const written = current;
    await writeFile(`${path}.new`, JSON.stringify(written), { mode: 0o600 });
    await rename(`${path}.new`, path);
    saved = written;
  }

  return {
    current: () => current,
    remember(acknowledged) {
      current = acknowledged;
    },
    save() {
      if (file !== undefined) saving = saving.then(() => write(file)).catch(() => {});
      return saving;
    },
  };
}

function readAcknowledged(file: string): Acknowledged | null {
  try {
    const { generation, system, timeline, position, last, waited } = JSON.parse(readFileSync(file, 'utf8'));
    const texts = [generation, system, timeline, ...last];
    if (!Number.isSafeInteger(position) || texts.some((text) => typeof text !== 'string')) return null;
    return { generation, system, timeline, position, last, waited: waited === true };
  } catch {
    return null;
  }
}
