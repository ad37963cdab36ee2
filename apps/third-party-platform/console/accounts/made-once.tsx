import {
  type Bundled,
  ChangeButton,
  Panel,
  QrSymbol,
  type QrSymbolRow,
  ShownBundle,
  useSince,
  useWords,
} from '@ticket-check/console';
import { Button } from 'antd';
import { WORDS } from './words.ts';

/** Asks for whom an account is, and has it made. */
export function NewAccount({ kind }: { kind: 'enrol' | 'add' | 'addSeller' }) {
  const t = useWords(WORDS);
  return (
    <ChangeButton<Made>
      label={t[kind]}
      button={{ type: kind === 'enrol' ? 'primary' : 'default' }}
      submit={t.make}
      path={kind === 'enrol' ? '/accounts/enrol' : '/accounts/add'}
      body={kind === 'addSeller' ? { Role: 'seller' } : {}}
      made={(made, close) => <MadeOnce made={made} close={close} />}
    >
      <p>{kind === 'enrol' ? t.enrolText : t.addText}</p>
    </ChangeButton>
  );
}

type Made =
  | Bundled
  | {
      readonly Username: string;
      readonly Text: string;
      readonly Symbol: QrSymbolRow;
      readonly GoodUntil: string;
    };

/** Shows what is handed over once: the QR symbol of an enrolment, or the file of an account. */
function MadeOnce({ made, close }: { made: Made; close(): void }) {
  const t = useWords(WORDS);
  const since = useSince();
  if ('Bundle' in made) return <ShownBundle made={made} close={close} />;
  return (
    <Panel title={t.enrolled(made.Username)} actions={<Button onClick={close}>{t.done}</Button>}>
      <p>{t.scan}</p>
      <QrSymbol of={made.Symbol} label={t.symbol} />
      <p className="quiet">{t.scanText(since(made.GoodUntil))}</p>
      <p>
        {t.text}: <code>{made.Text}</code>
      </p>
    </Panel>
  );
}
