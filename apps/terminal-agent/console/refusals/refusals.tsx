import { inEachLanguage, ListScreen, ScreenButton, useSaid, useWords } from '@ticket-check/console';
import type { RefusalRow } from '../../src/journal/rows.ts';
import { ClaimLink, OverrideButton, WhyRefused } from '../door/override-button.tsx';
import { ticketColumns } from '../door/tickets.tsx';
import { Badge } from './badge.tsx';

const WORDS = inEachLanguage({
  about: [
    '本终端今天拒绝的影票。值班经理核实后可以人工放行一位观众，须写明原因。读不出、非本影院、无效或没有公钥的票码没有影票数据，不能人工放行；终端时钟异常时也不能。',
    'Tickets that this terminal refused today. A supervisor who has looked into it lets one guest in here, with a reason. A code that could not be read, is of another cinema, not genuine or without a key holds no ticket to make a record of, and cannot be let in here; neither can anybody while the clock is wrong.',
  ],
  none: ['今天没有可以人工放行的拒绝', 'Nothing was refused today that could be let in'],
  lookUp: ['查票', 'Look up a ticket'],
  why: ['拒绝原因', 'Refused because'],
  done: (operator: string) => [`已由 ${operator} 放行`, `let in by ${operator}`],
  doneUnopened: (operator: string) => [
    `已由 ${operator} 放行，但不知闸门是否打开：请人工放观众入场；观众未入场的，请在“最近入场”中撤销`,
    `let in by ${operator}; the gate is not known to have opened: let the guest in by hand, or undo it under Last entries if they did not go in`,
  ],
});

/** The tickets that this terminal refused today, and what became of each. */
export default function Refusals() {
  const t = useWords(WORDS);
  const said = useSaid();
  const [when, ticket, place] = ticketColumns<RefusalRow>('ScannedAt');
  return (
    <ListScreen<RefusalRow>
      words={t}
      columns={[
        when,
        { head: t.why, of: 'Verdict', cell: (refusal) => <WhyRefused {...refusal} /> },
        ticket,
        place,
        {
          cell: (refusal) => {
            const { OverriddenBy, OpenedAt, Objection, First } = refusal;
            if (OverriddenBy !== null) return (OpenedAt === null ? t.doneUnopened : t.done)(OverriddenBy);
            if (Objection !== null) return said(Objection.Words, Objection.WordsZh);
            return (
              <>
                <OverrideButton refusal={refusal} />
                <ClaimLink url={First?.ClaimUrl} />
              </>
            );
          },
        },
      ]}
      rowKey={({ RecordId }) => RecordId}
      noneNext={<ScreenButton href="/lookup">{t.lookUp}</ScreenButton>}
    >
      <Badge />
    </ListScreen>
  );
}
