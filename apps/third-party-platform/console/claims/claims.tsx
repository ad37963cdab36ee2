import { ListScreen, useWords } from '@ticket-check/console';
import type { ClaimRow } from '../../src/claims/claim-row.ts';
import { useClaimColumns } from './claim-parts.tsx';
import { WORDS } from './words.ts';

/** Claims whose check record has not come. */
export default function Claims() {
  const t = useWords(WORDS);
  return (
    <ListScreen<ClaimRow>
      title={t.title}
      about={t.about}
      fields={[{ name: 'q', label: t.search, kind: 'text' }]}
      path="/claims"
      name="Claims"
      isLive
      columns={useClaimColumns()}
      rowKey={({ RecordId, FilmTicketCode }) => `${RecordId} ${FilmTicketCode}`}
      none={t.none}
    />
  );
}
