import { Button, type ButtonProps, Form, Input, Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { useChange, usePreview } from '../data/use-json.ts';
import { useSay } from '../shell/screen-page.tsx';
import { ProblemNotice, type ProblemWords } from '../states/states.tsx';

const WORDS = inEachLanguage({
  cancel: ['取消', 'Cancel'],
  password: ['您的登录密码', 'Your password'],
  reason: ['原因', 'Reason'],
  needed: ['请填写', 'This is needed'],
});

/** What is filled in, by the names of the fields. */
type Filled = Readonly<Record<string, string>>;

type Change<Answer, Fields> = {
  title: string;
  /** What the button says that does it. */
  submit: string;
  /** The path of the action. */
  path: string;
  /** What is sent beside `reason` and `password`, or what makes it of the other fields. */
  body: object | ((filled: Fields) => object);
  /** Whether the service says what it would do, by the body and what is filled in. */
  hasPreview?: boolean;
  needsReason?: boolean;
  /** The label, if it differs from the default. */
  reasonLabel?: string;
  needsPassword?: boolean;
  /** Whether something ends or goes for good by it: the button is red. */
  destroys?: boolean;
  problems?: ProblemWords;
  /** What the screen says once it is done. */
  said?(answer: Answer): string;
  done?(answer: Answer): void;
  close(): void;
  /** What will happen, and to how many, unless the service says it; then fields of the form, if it asks for more. */
  children?: ReactNode;
};

/** A button that opens the dialog of a change; the dialog's button says the same if nothing else is given. */
export function ChangeButton<Answer = object, Fields extends object = Filled>({
  label,
  button,
  ...change
}: Omit<Change<Answer, Fields>, 'submit' | 'close'> & { submit?: string; label: string; button?: ButtonProps }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button {...button} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {isOpen ? <ChangeDialog<Answer, Fields> submit={label} {...change} close={() => setOpen(false)} /> : null}
    </>
  );
}

/**
 * Confirms a change: says what will happen, takes a reason and the operator's password if needed, has the service do it, and
 * shows the reason of a refusal.
 */
export function ChangeDialog<Answer = object, Fields extends object = Filled>({
  title,
  submit,
  path,
  body,
  hasPreview = false,
  needsReason = false,
  reasonLabel,
  needsPassword = false,
  destroys = false,
  problems,
  said,
  done,
  close,
  children,
}: Change<Answer, Fields>) {
  const t = useWords(WORDS);
  const change = useChange<Answer>(path);
  const say = useSay();
  const [form] = Form.useForm<Filled>();
  const bodyOf = (filled: Filled) => (typeof body === 'function' ? body(filled as Fields) : body);
  const filled = Form.useWatch<Filled | undefined>([], form);
  const isKnown = typeof body !== 'function' || filled !== undefined;
  const preview = usePreview(path, hasPreview && isKnown ? bodyOf(filled ?? {}) : null);
  const [isOpen, setOpen] = useState(true);
  const rules = [{ required: true, whitespace: true, message: t.needed }];

  async function send(filled: Filled) {
    const { reason, password } = filled;
    const answer = await change.mutateAsync({ ...bodyOf(filled), reason, password }).catch(() => null);
    if (answer === null) return;
    setOpen(false);
    if (said !== undefined) say(said(answer));
    done?.(answer);
  }

  return (
    <Modal
      open={isOpen}
      title={title}
      okText={submit}
      cancelText={t.cancel}
      okButtonProps={{ danger: destroys, loading: change.isPending }}
      onOk={() => form.submit()}
      onCancel={() => setOpen(false)}
      afterClose={close}
    >
      <Form form={form} layout="vertical" onFinish={send} requiredMark={false} disabled={change.isPending}>
        {preview === null ? null : <p>{preview}</p>}
        {children}
        {needsReason ? (
          <Form.Item name="reason" label={reasonLabel ?? t.reason} rules={rules}>
            <Input.TextArea rows={3} maxLength={500} />
          </Form.Item>
        ) : null}
        {needsPassword ? (
          <Form.Item name="password" label={t.password} rules={rules}>
            <Input.Password autoComplete="current-password" visibilityToggle={false} />
          </Form.Item>
        ) : null}
      </Form>
      {change.isError ? <ProblemNotice error={change.error} words={problems} /> : null}
    </Modal>
  );
}
