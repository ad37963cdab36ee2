import {
  Answered,
  Nothing,
  Panel,
  RowsTable,
  ScreenPage,
  useFilters,
  useWords,
  withQuery,
} from '@ticket-check/console';
import type { ClaimRow } from '../../src/claims/claim-row.ts';
import { useClaimColumns } from './claim-parts.tsx';
import { WORDS } from './words.ts';

/** One claim, which the address names: where a terminal leads that is kept from a ticket by it. */
export default function Release() {
  const t = useWords(WORDS);
  const { of } = useFilters();
  const columns = useClaimColumns();
  const [cinema, q] = [of('cinema'), of('record')];
  const isMeant = ({ FilmTicketCode, StartTime }: ClaimRow) =>
    FilmTicketCode === of('ticket') && StartTime === of('start');
  return (
    <ScreenPage title={t.releaseOne} about={t.about}>
      <Panel>
        <Answered<{ readonly Claims: readonly ClaimRow[] }>
          path={withQuery('/claims.json', { cinema, q })}
          live="claims"
        >
          {({ Claims }) => {
            const rows = Claims.filter(isMeant);
            return rows.length === 0 ? (
              <Nothing title={t.gone} text={t.goneText} />
            ) : (
              <RowsTable caption={t.title} columns={columns} rows={rows} rowKey={({ RecordId }) => RecordId} />
            );
          }}
        </Answered>
      </Panel>
    </ScreenPage>
  );
}
