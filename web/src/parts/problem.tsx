import { CircleAlert } from 'lucide-react';
import { CallError } from '../api/client';
import type { Failure } from '../api/types';
import { sentence } from '../text/failures';
import { useText, type Speaker } from '../text/text';
import { Button } from './basics';

interface Told {
  message: string;
  hint?: string;
}

/** Says what an error is, and what to do next. */
export function tell(error: unknown, t: Speaker['t'], told: Speaker['told']): Told {
  if (error instanceof CallError) {
    if (error.problem) {
      const { message, hint } = told({ ...error.problem, message: error.problem.detail });
      return { message, hint: sentence(hint) };
    }
    if (error.status === 0) return { message: t('error.offline'), hint: t('error.offline.hint') };
    return { message: t('error.status', { status: String(error.status) }) };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}

/** What is wrong with one field, as the server says, without the field's name in front. */
export function fieldError(error: unknown, field: string, told: Speaker['told']): string | undefined {
  if (!(error instanceof CallError) || error.problem?.field !== field) return undefined;
  const { message, hint } = told({ ...error.problem, message: error.problem.detail });
  return [message.replace(`${field}: `, ''), hint].filter(Boolean).join(' · ');
}

function Box({ message, hint, retry }: Told & { retry?: () => void }) {
  const { t } = useText();
  return (
    <div className="problem" role="alert">
      <CircleAlert aria-hidden />
      <div>
        <p>{message}</p>
        {hint && <p className="hint">{hint}</p>}
        {retry && (
          <Button look="quiet" onClick={retry}>
            {t('common.retry')}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Shows why something did not work; nothing where there is no error, or where a field shows it. */
export function ProblemBox({ error, fields = [], retry }: { error: unknown; fields?: string[]; retry?: () => void }) {
  const { t, told } = useText();
  if (!error) return null;
  if (error instanceof CallError && error.problem?.field && fields.includes(error.problem.field)) return null;
  return <Box {...tell(error, t, told)} retry={retry} />;
}

/** Shows why an execution or an operation failed. */
export function FailureBox({ failure }: { failure: Failure }) {
  const { told } = useText();
  return <Box {...told(failure)} />;
}
