import {
  ChangeButton,
  Element,
  inEachLanguage,
  LetInAnyway,
  ListScreen,
  named,
  Operator,
  ScreenButton,
  Since,
  Ticket,
  useElementName,
  useWords,
} from '@ticket-check/console';
import type { FindingRow } from '../../src/worklist/finding-row.ts';

const WORDS = inEachLanguage({
  about: [
    '同一张票入场多次，或入场后又退票：核实后请记下处理结果。结果保留，并写入操作记录。',
    'Tickets that were entered more than once, or refunded after an entry: look into them and note the outcome. Outcomes are kept and recorded in the audit.',
  ],
  state: ['状态', 'State'],
  states: {
    open: ['未处理', 'Open'],
    noted: ['已记录结果', 'Noted'],
  },
  kinds: {
    DOUBLE: ['重复入场', 'Entered twice'],
    LATE_REFUND: ['入场后退票', 'Refunded later'],
  },
  outcome: ['处理结果', 'Outcome'],
  seeNoted: ['查看已记录的结果', 'See noted outcomes'],
  note: ['记录结果', 'Note outcome'],
  add: ['补充结果', 'Add to it'],
  what: [
    '请写明核实的情况和处理结果。记录后此项移到“已记录结果”，再有人用此票入场时重新列出。',
    'Say what you found out and what was done. It then stands under Noted, and is open again when somebody else enters with the ticket.',
  ],
  none: ['没有待核实的票', 'Nothing to look into'],
  noneText: [
    '出现重复入场或入场后退票时，会列在这里。',
    'Tickets that are entered twice, or refunded after an entry, are listed here.',
  ],
});

const keyOf = ({ Kind, StartTime, CinemaCode, FilmTicketCode }: FindingRow) =>
  `${Kind} ${StartTime} ${CinemaCode} ${FilmTicketCode}`;

/** What names a finding to the service, as it was seen. */
const namesOf = ({ Kind, CinemaCode, FilmTicketCode, StartTime, NotedAt }: FindingRow) => {
  return { Kind, CinemaCode, FilmTicketCode, StartTime, NotedAt };
};

export default function Worklist() {
  const t = useWords(WORDS);
  const nameOf = useElementName();

  return (
    <ListScreen<FindingRow>
      words={t}
      fields={[
        { name: 'state', label: t.state, kind: 'choice', choices: t.states, always: true },
        { name: 'kind', kind: 'choice', choices: t.kinds },
      ]}
      columns={[
        {
          of: 'Kind',
          cell: ({ Kind, RefundTime }) => (
            <>
              {named(t.kinds, Kind)}
              {RefundTime ? (
                <div className="quiet">
                  {nameOf('RefundTime')} <Since at={RefundTime} />
                </div>
              ) : null}
            </>
          ),
        },
        {
          of: 'Ticket',
          cell: (finding) => (
            <>
              <Ticket of={finding} />
              {finding.RowNum && finding.ColumnNum ? (
                <div className="quiet">
                  <Element of={finding} name="Seat" />
                </div>
              ) : null}
            </>
          ),
        },
        'Session',
        {
          of: 'Entries',
          cell: ({ Entries }) =>
            Entries.map((entry) => (
              <div key={`${entry.RecordId} ${entry.CheckTime}`}>
                <Element of={entry} name="CheckTime" /> <Element of={entry} name="Account" />{' '}
                <span className="quiet one-line">{entry.Gate}</span>
                <LetInAnyway verdict={entry.OverriddenVerdict} />
              </div>
            )),
        },
        'FoundAt',
        {
          head: t.outcome,
          of: 'Notes',
          cell: (finding) => (
            <>
              {finding.Notes.map(({ Outcome, Operator: username, NotedAt }) => (
                <div key={`${NotedAt} ${Outcome}`}>
                  {Outcome} <Operator username={username} /> <Since at={NotedAt} />
                </div>
              ))}
              <ChangeButton
                label={finding.NotedAt === null ? t.note : t.add}
                button={{ size: 'small' }}
                about={`${named(t.kinds, finding.Kind)} ${finding.FilmTicketCode}`}
                submit={t.note}
                path="/worklist/note"
                body={namesOf(finding)}
                reasonLabel={t.outcome}
              >
                <p>{t.what}</p>
              </ChangeButton>
            </>
          ),
        },
      ]}
      rowKey={keyOf}
      noneNext={<ScreenButton href="/worklist?state=noted">{t.seeNoted}</ScreenButton>}
    />
  );
}
