import { ChangeButton, Panel, QrSymbol, type QrSymbolRow, shownTime, useWords } from '@ticket-check/console';
import { Button } from 'antd';
import { WORDS } from './words.ts';

/** Asks for whom an account is, and has it made. */
export function NewAccount({ kind, done }: { kind: 'enrol' | 'add' | 'addSeller'; done(made: Made): void }) {
  const t = useWords(WORDS);
  return (
    <ChangeButton<Made>
      label={t[kind]}
      button={{ type: kind === 'enrol' ? 'primary' : 'default' }}
      submit={t.make}
      path={kind === 'enrol' ? '/accounts/enrol' : '/accounts/add'}
      body={kind === 'addSeller' ? { Role: 'seller' } : {}}
      done={done}
    >
      <p>{t[`${kind}Text`]}</p>
    </ChangeButton>
  );
}

/** What the service answers once to a new account. */
export type Made =
  | { readonly Username: string; readonly Bundle: string }
  | {
      readonly Username: string;
      readonly Text: string;
      readonly Symbol: QrSymbolRow;
      readonly GoodUntil: string;
    };

/** Shows what is handed over once: the QR symbol of an enrolment, or the file of an account. */
export function MadeOnce({ made, close }: { made: Made; close(): void }) {
  const t = useWords(WORDS);
  const finish = <Button onClick={close}>{t.done}</Button>;
  if ('Bundle' in made) {
    const file = `data:application/json;charset=utf-8,${encodeURIComponent(made.Bundle)}`;
    return (
      <Panel title={t.bundle(made.Username)} actions={finish}>
        <p>{t.bundleText}</p>
        <a href={file} download={`${made.Username}.json`}>
          {t.download}
        </a>
      </Panel>
    );
  }
  return (
    <Panel title={t.enrolled(made.Username)} actions={finish}>
      <p>{t.scan}</p>
      <QrSymbol of={made.Symbol} label={t.symbol} />
      <p className="quiet">{t.scanText(shownTime(made.GoodUntil))}</p>
      <p>
        {t.text}: <code>{made.Text}</code>
      </p>
    </Panel>
  );
}
