/** The life of a peer's data and those that it replaces, as the peer announced them. Reading X4. */
export type AnnouncedLife = { readonly generation: string | null; readonly replaces: readonly string[] };

/** Reads `<id>[, <replaced id> …]`, from a header or as it was kept. A peer of an earlier version names its life alone. */
export function readLife(text: string | readonly string[] | null | undefined): AnnouncedLife {
  if (typeof text !== 'string') return { generation: null, replaces: [] };
  const [generation = '', ...replaces] = text.split(',').map((id) => id.trim());
  if (generation === '') return { generation: null, replaces: [] };
  return { generation, replaces: replaces.filter((id) => id !== '') };
}

/** Writes what `readLife` reads; null where no life was announced. */
export function formatLife({ generation, replaces }: AnnouncedLife): string | null {
  return generation === null ? null : [generation, ...replaces].join(', ');
}
