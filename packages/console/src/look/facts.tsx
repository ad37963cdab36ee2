import { Descriptions } from 'antd';
import type { ReactNode } from 'react';
import { Element, type ElementOf, useElementName } from './element.tsx';

/** What is known of a thing, in two columns where there is room: elements by their names, or a label with something of one's own. */
export function Facts<Of extends object>({
  of,
  show,
}: {
  of: Of;
  show: readonly (ElementOf<Of> | readonly [label: string, shown: ReactNode])[];
}) {
  const nameOf = useElementName();
  const items = show.map((fact) =>
    typeof fact === 'string' ? ([nameOf(fact), <Element key={fact} of={of} name={fact} />] as const) : fact,
  );
  return (
    <Descriptions
      column={{ xs: 1, lg: 2 }}
      size="small"
      styles={{ label: { flex: 'none', width: '10em', whiteSpace: 'normal' } }}
      items={items.map(([label, children]) => ({
        key: label,
        label,
        children: <div className="element">{children}</div>,
      }))}
    />
  );
}
