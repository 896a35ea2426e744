import { useText } from '../text/text';
import { TextField } from './basics';
import { fieldError } from './problem';

/** Asks for a password that somebody makes up, with what is asked of it. */
export function NewPassword({
  name = 'password',
  isAnother = false,
  error,
}: {
  /** Of the field in the form. */
  name?: string;
  /** Takes the place of one that there is. */
  isAnother?: boolean;
  /** Why it could not be saved. */
  error: unknown;
}) {
  const { t, told } = useText();
  return (
    <TextField
      label={t(isAnother ? 'account.password.new' : 'account.password')}
      name={name}
      type="password"
      autoComplete="new-password"
      required
      help={t('account.password.help')}
      error={fieldError(error, name, told) ?? fieldError(error, 'password', told)}
    />
  );
}
