import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Monitor, Smartphone } from 'lucide-react';
import { api } from '../../api/client';
import type { Page, Session } from '../../api/types';
import { Button, Loading, Moment } from '../../parts/basics';
import { ProblemBox } from '../../parts/problem';
import { Section } from '../../parts/section';
import { useToaster } from '../../parts/toasts';
import { useText } from '../../text/text';
import { agentName } from './agent';

/** Where the user has signed in, with a way to end it there. */
export function Sessions() {
  const { t } = useText();
  const client = useQueryClient();
  const toaster = useToaster();
  const sessions = useQuery({ queryKey: ['sessions'], queryFn: () => api.get<Page<Session>>('/me/sessions') });
  const end = useMutation({
    mutationFn: (id: number) => api.delete(id ? `/me/sessions/${id}` : '/me/sessions'),
    onSuccess: () => toaster.say(t('me.sessions.ended')),
    onError: (error) => toaster.fail(error),
    onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  });
  const list = sessions.data?.items ?? [];
  return (
    <Section title={t('me.sessions')} lead={t('me.sessions.lead')}>
      {sessions.isPending && <Loading />}
      <ProblemBox error={sessions.error} retry={() => void sessions.refetch()} />
      <ul className="rows">
        {list.map((s) => (
          <SessionRow key={s.id} session={s} busy={end.isPending} end={() => end.mutate(s.id)} />
        ))}
      </ul>
      {list.length > 1 && (
        <div>
          <Button look="danger" busy={end.isPending && end.variables === 0} onClick={() => end.mutate(0)}>
            {t('me.sessions.end-others')}
          </Button>
        </div>
      )}
    </Section>
  );
}

function SessionRow({ session, busy, end }: { session: Session; busy: boolean; end: () => void }) {
  const { t } = useText();
  const agent = agentName(session.agent ?? '') || t('me.sessions.unknown');
  const Icon = /Android|iPhone|iPad/.test(session.agent ?? '') ? Smartphone : Monitor;
  return (
    <li>
      <Icon aria-hidden />
      <div className="row-text">
        <span>
          <span className="row-name">{agent}</span>{' '}
          {session.current && <span className="tag">{t('me.sessions.current')}</span>}
        </span>
        <span className="soft">
          {session.address} · {t('me.sessions.seen')} <Moment at={session.seen} />
        </span>
      </div>
      {!session.current && (
        <Button disabled={busy} aria-label={t('me.sessions.end-one', { agent })} onClick={end}>
          {t('me.sessions.end')}
        </Button>
      )}
    </li>
  );
}
