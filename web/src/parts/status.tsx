import { Ban, CircleAlert, CircleCheck, CirclePause, Clock, LoaderCircle, TriangleAlert } from 'lucide-react';
import { useText, type Key } from '../text/text';

export const statuses = ['queued', 'running', 'success', 'warning', 'error', 'stopped'] as const;

const looks: Record<string, { tone: string; icon: typeof Ban; text: Key }> = {
  queued: { tone: 'muted', icon: Clock, text: 'status.queued' },
  running: { tone: 'live', icon: LoaderCircle, text: 'status.running' },
  success: { tone: 'good', icon: CircleCheck, text: 'status.success' },
  warning: { tone: 'warn', icon: TriangleAlert, text: 'status.warning' },
  error: { tone: 'bad', icon: CircleAlert, text: 'status.error' },
  stopped: { tone: 'muted', icon: Ban, text: 'status.stopped' },
  unresolved: { tone: 'warn', icon: CirclePause, text: 'status.unresolved' },
  pending: { tone: 'muted', icon: Clock, text: 'status.pending' },
  'in progress': { tone: 'live', icon: LoaderCircle, text: 'status.in-progress' },
  resolved: { tone: 'good', icon: CircleCheck, text: 'status.resolved' },
};

/** The state of an execution: by colour, by form, and in words. */
export function Status({ status }: { status: string }) {
  const { t } = useText();
  const look = looks[status];
  if (!look) return <span className="status muted">{status}</span>;
  const Icon = look.icon;
  return (
    <span className={`status ${look.tone}`}>
      <Icon aria-hidden className={look.tone === 'live' ? 'spin' : undefined} />
      {t(look.text)}
    </span>
  );
}
