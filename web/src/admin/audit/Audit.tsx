import { useMutation } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { api } from '../../api/client';
import type { components } from '../../api/schema';
import { useParameters } from '../../app/router';
import { useSession } from '../../app/session';
import { Button, Page } from '../../parts/basics';
import { ProblemBox } from '../../parts/problem';
import { useText } from '../../text/text';
import { useOrganizations } from '../people/data';
import { subjectNames, type Filter } from './entry';
import { Entries } from './Entries';
import { Filters } from './Filters';
import '../admin.css';

const everything = 'all';

/** Which log is looked at: that of one organization, or of the whole installation. */
function useScope() {
  const { me, team } = useSession();
  const [parameters] = useParameters();
  const own = me.organizations.filter((o) => o.rights.some((r) => r === 'audit.view')).map((o) => o.id);
  const whole = me.rights.some((r) => r === 'installation.view');
  const current = me.teams.find((x) => x.id === team)?.organization ?? 0;
  const initial = own.includes(current) ? String(current) : own.length > 0 ? String(own[0]) : everything;
  const chosen = parameters.get('of') ?? initial;
  const known = (chosen === everything && whole) || own.includes(Number(chosen));
  return { own, whole, scope: known ? chosen : initial };
}

/** Who did what, when, to what. */
export function Audit() {
  const { t } = useText();
  const [parameters, change] = useParameters();
  const { own, whole, scope } = useScope();
  const organizations = useOrganizations();
  const subject = subjectNames.find((s) => s === parameters.get('kind')) ?? '';
  const filter: Filter = {
    text: parameters.get('text') ?? '',
    actor: parameters.get('who') ?? '',
    subject,
    from: parameters.get('from') ?? '',
    until: parameters.get('until') ?? '',
  };
  const path = scope === everything ? '/audit' : `/organizations/${scope}/audit`;
  return (
    <Page
      title={t('nav.audit')}
      lead={t('audit.lead')}
      actions={
        (whole || own.length > 1) && (
          <select aria-label={t('audit.of')} value={scope} onChange={(e) => change({ of: e.target.value })}>
            {own.map((id) => (
              <option key={id} value={id}>
                {organizations.data?.items.find((o) => o.id === id)?.name ?? id}
              </option>
            ))}
            {whole && <option value={everything}>{t('audit.of.all')}</option>}
          </select>
        )
      }
    >
      {whole && <Check />}
      <Filters
        filter={filter}
        change={({ text, actor, subject: kind, from, until }) => change({ text, who: actor, kind, from, until })}
      />
      <Entries key={path} path={path} filter={filter} />
    </Page>
  );
}

/** Proves that no entry was changed or taken out, and says what came of it. */
function Check() {
  const { t } = useText();
  const check = useMutation({ mutationFn: () => api.get<components['schemas']['AuditCheck']>('/audit/check') });
  return (
    <div className="audit-check">
      <Button icon={<ShieldCheck aria-hidden />} busy={check.isPending} onClick={() => check.mutate()}>
        {t('audit.check')}
      </Button>
      {!check.data && !check.error && <p className="help">{t('audit.check.lead')}</p>}
      {check.data && (
        <p role="status">
          <span className="status good">
            <ShieldCheck aria-hidden />
            {t('audit.check.good', { n: check.data.entries })}
          </span>{' '}
          <span className="help">
            {t('audit.check.keep')} <code className="hash">{check.data.hash}</code>
          </span>
        </p>
      )}
      <ProblemBox error={check.error} />
    </div>
  );
}
