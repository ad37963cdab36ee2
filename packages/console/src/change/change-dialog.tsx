import type { ShownChange } from '@ticket-check/admin/changes';
import { Button, type ButtonProps, Form, Input, Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import { inEachLanguage, useBegun, useWords } from '../begin/begun.ts';
import { useChange, usePreview } from '../data/use-json.ts';
import { useScreen } from '../shell/screen-page.tsx';
import { ProblemNotice } from '../states/states.tsx';
import { Fields, impliedBy } from './fields.tsx';

const WORDS = inEachLanguage({
  cancel: ['取消', 'Cancel'],
  password: ['您的登录密码', 'Your password'],
  reason: ['原因', 'Reason'],
  needed: ['请填写', 'This is needed'],
  did: (title: string) => [`已完成：${title}`, `Done: ${title}`],
});

type Filled = Readonly<Record<string, unknown>>;

type Change<Answer> = {
  /** The path of the change, as the service declares it: its title, and what it asks for, are said there. */
  path: string;
  declared: ShownChange;
  about?: string;
  /** What is known already; the other parts are asked for. */
  body?: Filled;
  /** What the parts that are asked for hold now. */
  now?: Filled;
  /** What the button says that does it, if that is not the title. */
  submit?: string;
  reasonLabel?: string;
  /** What the screen says once it is done, if that is more than that it is. */
  said?(answer: Answer): string;
  /** Shows what it made, this once, until it is closed. */
  made?(answer: Answer, close: () => void): ReactNode;
  done?(answer: Answer): void;
  close(): void;
  /** What will happen, and to how many, unless the service says it; then fields of the form that no other change has. */
  children?: ReactNode;
};

/** A button that opens the dialog of a change, for who may make it. Both say its title if nothing else is given. */
export function ChangeButton<Answer = object>({
  label,
  button,
  ...change
}: Omit<Change<Answer>, 'close' | 'declared'> & { label?: string; button?: ButtonProps }) {
  const { [change.path]: declared } = useBegun().Changes;
  const { open } = useScreen();
  if (declared === undefined) return null;
  const says = label ?? declared.Title;
  const dialog = <ChangeDialog<Answer> submit={says} {...change} declared={declared} close={() => open(null)} />;
  return (
    <Button {...button} onClick={() => open(dialog)}>
      {says}
    </Button>
  );
}

/**
 * Confirms a change: says what will happen, asks for what the service declares, has it done, and shows the reason of a refusal.
 */
function ChangeDialog<Answer = object>({
  path,
  declared,
  about,
  body = {},
  now = {},
  submit,
  reasonLabel,
  said,
  made,
  done,
  close,
  children,
}: Change<Answer>) {
  const t = useWords(WORDS);
  const change = useChange<Answer>(path);
  const { say, show } = useScreen();
  const [form] = Form.useForm<Filled>();
  const filled = Form.useWatch<Filled | undefined>([], form) ?? {};
  const fields = declared.Fields.filter(({ Name }) => !(Name in body));
  const { reason: _, password: __, ...parts } = filled;
  const { preview, isFormer } = usePreview(path, declared.HasPreview ? { ...parts, ...body } : null);
  const [isOpen, setOpen] = useState(true);
  const rules = [{ required: true, whitespace: true, message: t.needed }];

  const title = about === undefined ? declared.Title : `${declared.Title}: ${about}`;

  async function send(given: Filled) {
    // Enter in a field submits too.
    if (isFormer) return;
    const answer = await change.mutateAsync({ ...given, ...impliedBy(fields, given), ...body }).catch(() => null);
    if (answer === null) return;
    setOpen(false);
    say(said?.(answer) ?? t.did(title));
    if (made) show(made(answer, () => show(null)));
    done?.(answer);
  }

  return (
    <Modal
      open={isOpen}
      title={title}
      okText={submit}
      cancelText={t.cancel}
      okButtonProps={{ danger: declared.Destroys, loading: change.isPending, disabled: isFormer }}
      onOk={() => form.submit()}
      onCancel={() => setOpen(false)}
      afterClose={close}
    >
      <Form form={form} layout="vertical" onFinish={send} requiredMark={false} disabled={change.isPending}>
        {preview === null ? null : <p>{preview}</p>}
        {children}
        <Fields fields={fields} now={now} filled={filled} />
        {declared.NeedsReason ? (
          <Form.Item name="reason" label={reasonLabel ?? t.reason} rules={rules}>
            <Input.TextArea rows={3} maxLength={500} />
          </Form.Item>
        ) : null}
        {declared.NeedsPassword ? (
          <Form.Item name="password" label={t.password} rules={rules}>
            <Input.Password autoComplete="current-password" visibilityToggle={false} />
          </Form.Item>
        ) : null}
      </Form>
      {change.isError ? <ProblemNotice error={change.error} /> : null}
    </Modal>
  );
}
