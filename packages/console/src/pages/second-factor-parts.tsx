import { useMutation, useQuery } from '@tanstack/react-query';
import type { PasskeyRow, WithCodes } from '@ticket-check/admin/own-account';
import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useBegun, useWords } from '../begin/begun.ts';
import { ChangeButton } from '../change/change-dialog.tsx';
import { ShownOnce } from '../change/shown-once.tsx';
import { sendJson } from '../data/client.ts';
import { useChange } from '../data/use-json.ts';
import { RowsTable } from '../list/list-table.tsx';
import { QrSymbol, type QrSymbolRow } from '../look/qr-symbol.tsx';
import { Actions, useScreen } from '../shell/screen-page.tsx';
import { ProblemNotice, Waiting } from '../states/states.tsx';
import { WORDS } from './account-words.ts';

/** The authenticator app: since when there is one, and how it is set up, changed and removed. */
export function AuthenticatorApp({ since }: { since: string | null }) {
  const { app: t } = useWords(WORDS);
  return (
    <>
      <p>{since === null ? t.none : t.since(since.slice(0, 10))}</p>
      <Actions>
        <ChangeButton<WithCodes>
          label={since === null ? t.setUp : t.replace}
          submit={t.finish}
          path="/account/set-up-second-factor"
          made={shownCodes}
        >
          {since === null ? null : <p>{t.replaces}</p>}
          <SetUp />
        </ChangeButton>
        {since === null ? null : (
          <ChangeButton label={t.remove} path="/account/remove-second-factor" body={{ Id: null }}>
            <p>{t.removeText}</p>
          </ChangeButton>
        )}
      </Actions>
    </>
  );
}

/** Shows the key for an authenticator app, and asks for a code of it. */
function SetUp() {
  const { app: t } = useWords(WORDS);
  const { Csrf } = useBegun();
  const path = '/account/offer-app';
  const offer = useQuery({
    queryKey: [path],
    queryFn: () => sendJson<{ readonly Secret: string; readonly Symbol: QrSymbolRow }>(path, {}, Csrf),
    // The key is kept for no longer than it is shown, and stays the same for so long.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (offer.isError) return <ProblemNotice error={offer.error} />;
  if (offer.data === undefined) return <Waiting />;
  const { Secret, Symbol: symbol } = offer.data;
  return (
    <>
      <p>{t.steps}</p>
      <QrSymbol of={symbol} label={t.qr} />
      <p>
        {t.byHand}: <code className="secret">{Secret.replaceAll(/(.{4})(?!$)/g, '$1 ')}</code>
      </p>
      <Form.Item name="Secret" hidden initialValue={Secret}>
        <Input />
      </Form.Item>
      <Form.Item name="Code" label={t.code} rules={[{ required: true, pattern: /^(\s*\d){6}\s*$/, message: t.code }]}>
        <Input inputMode="numeric" autoComplete="one-time-code" maxLength={7} />
      </Form.Item>
    </>
  );
}

type Offered = { readonly Name: string; readonly Options: PublicKeyCredentialCreationOptionsJSON };

/** Passkeys, and how they are added and removed. */
export function Passkeys({ passkeys }: { passkeys: readonly PasskeyRow[] }) {
  const { passkeys: t } = useWords(WORDS);
  const [offered, setOffered] = useState<Offered | null>(null);
  return (
    <>
      <RowsTable<PasskeyRow>
        caption={t.title}
        columns={[
          'Name',
          { head: t.host, of: 'Host' },
          { head: t.added, of: 'AddedAt' },
          'UsedAt',
          {
            head: t.remove,
            cell: ({ Id, Name }) => (
              <ChangeButton
                label={t.remove}
                button={{ size: 'small' }}
                about={Name}
                path="/account/remove-second-factor"
                body={{ Id }}
              >
                <p>{t.removeText}</p>
              </ChangeButton>
            ),
          },
        ]}
        rows={passkeys}
        none={t.none}
        rowKey={({ Id }) => Id}
      />
      {offered === null ? (
        <ChangeButton<Offered> submit={t.next} path="/account/offer-passkey" done={setOffered}>
          <p>{t.intro}</p>
        </ChangeButton>
      ) : (
        <MakePasskey offered={offered} close={() => setOffered(null)} />
      )}
    </>
  );
}

/** Has the browser make a passkey, once its user says so. */
function MakePasskey({ offered, close }: { offered: Offered; close(): void }) {
  const { passkeys: t } = useWords(WORDS);
  const add = useChange<WithCodes>('/account/passkey/set-up-second-factor');
  const { say, show } = useScreen();
  const make = useMutation({
    async mutationFn() {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(offered.Options);
      const credential = await navigator.credentials.create({ publicKey });
      return add.mutateAsync({ Name: offered.Name, Credential: JSON.stringify(credential) });
    },
    onSuccess(answer) {
      say(t.done);
      show(shownCodes(answer, () => show(null)));
      close();
    },
    gcTime: 0,
  });
  // Browsers do not tell cancelled from timed out.
  const failed = make.isError ? <Alert type="error" role="alert" title={t.failed} /> : null;
  return (
    <>
      <p>{t.device}</p>
      {add.isError ? <ProblemNotice error={add.error} /> : failed}
      <Button type="primary" onClick={() => make.mutate()} loading={make.isPending}>
        {t.make}
      </Button>
    </>
  );
}

export const shownCodes = ({ RecoveryCodes: codes }: WithCodes, close: () => void) =>
  codes === null ? null : <ShownCodes codes={codes} close={close} />;

/** Recovery codes; who had to set up a second factor first goes on from here. */
function ShownCodes({ codes, close }: { codes: readonly string[]; close(): void }) {
  const { codes: t } = useWords(WORDS);
  const { HasFirstDuty } = useBegun();
  return <ShownOnce title={t.title} text={t.text} secret={codes} close={HasFirstDuty ? leave : close} />;
}

/** Leads to where the login led to; the service looks at whether it is one of its pages. */
function leave(): void {
  const to = new URLSearchParams(window.location.search).get('return') ?? '/';
  window.location.assign(`/login?${new URLSearchParams({ return: to })}`);
}
