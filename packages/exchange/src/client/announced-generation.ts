/** The generation of a peer's data and those that it replaces, as the peer announced them. Reading X4. */
export type AnnouncedGeneration = { readonly generation: string | null; readonly replaces: readonly string[] };

/** Reads `<id>[, <replaced id> …]`, from a header or as it was kept. A peer of an earlier version names its generation alone. */
export function readGeneration(text: string | readonly string[] | null | undefined): AnnouncedGeneration {
  if (typeof text !== 'string') return { generation: null, replaces: [] };
  const [generation = '', ...replaces] = text.split(',').map((id) => id.trim());
  if (generation === '') return { generation: null, replaces: [] };
  return { generation, replaces: replaces.filter((id) => id !== '') };
}

/** Writes what `readGeneration` reads; null where no generation was announced. */
export function formatGeneration({ generation, replaces }: AnnouncedGeneration): string | null {
  return generation === null ? null : [generation, ...replaces].join(', ');
}
