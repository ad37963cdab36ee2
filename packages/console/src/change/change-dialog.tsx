import { Form, Input, Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import { type InEachLanguage, useWords } from '../begin/begun.ts';
import { useChange } from '../data/use-json.ts';
import { ProblemNotice, type ProblemWords } from '../states/states.tsx';

const zh = { cancel: '取消', password: '您的登录密码', reason: '原因', needed: '请填写' };
const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: { cancel: 'Cancel', password: 'Your password', reason: 'Reason', needed: 'This is needed' },
};

/**
 * Confirms a change: says what will happen, takes a reason and the operator's password if needed, has the service do it, and
 * shows the reason of a refusal.
 */
export function ChangeDialog<Answer = object>({
  title,
  submit,
  path,
  body,
  needsReason = false,
  reasonLabel,
  needsPassword = false,
  destroys = false,
  isIdle = false,
  problems,
  done,
  close,
  children,
}: {
  title: string;
  /** What the button says that does it. */
  submit: string;
  /** The path of the action. */
  path: string;
  /** What is sent, beside `reason` and `password`. */
  body: object;
  needsReason?: boolean;
  /** The label, if it differs from the default. */
  reasonLabel?: string;
  needsPassword?: boolean;
  /** Whether something ends or goes for good by it: the button is red. */
  destroys?: boolean;
  /** Whether there is nothing that it would change. */
  isIdle?: boolean;
  problems?: ProblemWords;
  done(answer: Answer): void;
  close(): void;
  /** What will happen, and to how many. */
  children: ReactNode;
}) {
  const t = useWords(WORDS);
  const change = useChange<Answer>(path);
  const [form] = Form.useForm<{ reason?: string; password?: string }>();
  const [isOpen, setOpen] = useState(true);
  const rules = [{ required: true, whitespace: true, message: t.needed }];

  async function send(filled: { reason?: string; password?: string }) {
    const answer = await change.mutateAsync({ ...body, ...filled }).catch(() => null);
    if (answer === null) return;
    setOpen(false);
    done(answer);
  }

  return (
    <Modal
      open={isOpen}
      title={title}
      okText={submit}
      cancelText={t.cancel}
      okButtonProps={{ danger: destroys, loading: change.isPending, disabled: isIdle }}
      onOk={() => form.submit()}
      onCancel={() => setOpen(false)}
      afterClose={close}
    >
      {children}
      <Form form={form} layout="vertical" onFinish={send} requiredMark={false} disabled={change.isPending}>
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
      {change.isError ? <ProblemNotice error={change.error} {...(problems && { words: problems })} /> : null}
    </Modal>
  );
}
