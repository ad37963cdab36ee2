import { REPLY_BOUNDS } from '@ticket-check/protocol';

/** The generation of a peer's data and those that it replaces, as the peer announced them. Reading X4. */
export type AnnouncedGeneration = { readonly generation: string | null; readonly replaces: readonly string[] };

/**
 * Reads `<id>[, <replaced id> …]`, from a header or as it was kept; a header beyond its bounds names none. A peer
 * may name its generation only.
 */
export function readGeneration(text: string | readonly string[] | null | undefined): AnnouncedGeneration {
  const ids = typeof text === 'string' ? text.split(',', REPLY_BOUNDS.generations).map((id) => id.trim()) : [];
  const [generation = '', ...replaces] = ids;
  if (generation === '' || ids.some(({ length }) => length > REPLY_BOUNDS.generationCharacters)) {
    return { generation: null, replaces: [] };
  }
  return { generation, replaces: replaces.filter((id) => id !== '') };
}

/** Writes what `readGeneration` reads; null if no generation was announced. */
export function formatGeneration({ generation, replaces }: AnnouncedGeneration): string | null {
  return generation === null ? null : [generation, ...replaces].join(', ');
}
