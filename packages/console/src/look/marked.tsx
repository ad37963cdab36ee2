/** A text of the documents: Markdown's emphasis and `code`. */
export function Marked({ text }: { text: string }) {
  return text.split(/(`[^`]+`|\*{1,2}[^*]+\*{1,2})/).map((part, place) => {
    const key = `${place}`;
    if (part.startsWith('`')) return <code key={key}>{part.slice(1, -1)}</code>;
    if (part.startsWith('*')) return <strong key={key}>{part.replaceAll('*', '')}</strong>;
    return part;
  });
}
