/** The data of the form that makes or shows a passkey (`kit/passkey-form`); without options there is no form. */
export function passkeyForm(
  kind: 'make' | 'show',
  options: object | null,
  { action, button, name = '' }: { action: string; button: string; name?: string },
) {
  return {
    passkeyKind: kind,
    passkeyOptions: options === null ? null : JSON.stringify(options),
    passkeyAction: action,
    passkeyButton: button,
    passkeyName: name,
  };
}
