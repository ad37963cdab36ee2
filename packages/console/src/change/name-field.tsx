import { Form, Input } from 'antd';

const USUAL = /^\s*[a-z0-9][a-z0-9._-]{0,63}\s*$/;

/** Asks for the name of something new, which a browser neither completes nor corrects. */
export function NameField({
  name,
  label,
  hint,
  pattern = USUAL,
}: {
  name: string;
  label: string;
  hint: string;
  pattern?: RegExp;
}) {
  return (
    <Form.Item name={name} label={label} extra={hint} rules={[{ required: true, pattern, message: hint }]}>
      <Input maxLength={64} autoComplete="off" autoCapitalize="none" spellCheck={false} />
    </Form.Item>
  );
}
