import { FlaskConical } from 'lucide-react';
import { Link } from '../app/router';
import { useText } from '../text/text';
import { MessageView } from './Exchanges';
import type { Comparison, Effect } from './effects';
import type { Message } from './calls';
import { brief } from './values';
import { ValueView } from './ValueView';

/** What an operation of a dry run would have done. */
export function EffectView({ effect }: { effect: Effect }) {
  const { t, duration } = useText();
  return (
    <div className="stack">
      <p className="note dry-note">
        <FlaskConical aria-hidden /> {t('runs.dry.lead')}
      </p>
      {effect.comparison && <ComparisonView comparison={effect.comparison} />}
      {effect.request && (
        <MessageView title={t('runs.dry.request')} message={effect.request as Message} file="dry-run-request" />
      )}
      {effect.further_requests ? <p className="soft">{t('runs.dry.further', { n: effect.further_requests })}</p> : null}
      {effect.answer && (
        <MessageView title={t('runs.dry.answer')} message={effect.answer as Message} file="dry-run-answer" />
      )}
      {effect.record && (
        <p>
          {t(`runs.dry.record.${effect.record.action}`, {
            store: effect.record.data_store,
            key: effect.record.key ?? '',
          })}
        </p>
      )}
      {effect.scenario && (
        <p>
          <Link href={`/history/${effect.scenario.execution}`}>
            {t('runs.dry.called', { id: String(effect.scenario.scenario) })}
          </Link>
        </p>
      )}
      {effect.wait && <p>{t('runs.dry.wait', { time: duration(effect.wait.seconds * 1000) })}</p>}
      {effect.operation && (
        <>
          <p className="soft">{t('runs.dry.operation')}</p>
          <ValueView
            value={{ parameters: effect.operation.parameters, input: effect.operation.input }}
            name="operation"
          />
        </>
      )}
      {effect.made_up && <p className="soft">{t('runs.dry.made-up')}</p>}
      {effect.note && <p className="soft">{effect.note}</p>}
    </div>
  );
}

/** A record before and after, field by field. */
function ComparisonView({ comparison }: { comparison: Comparison }) {
  const { t } = useText();
  return (
    <section>
      <h3>{t(`runs.dry.change.${comparison.change}`)}</h3>
      {comparison.fields.length > 0 && (
        <div className="table-box" role="region" aria-label={t('runs.dry.comparison')} tabIndex={0}>
          <table className="table comparison">
            <thead>
              <tr>
                <th scope="col">{t('runs.dry.field')}</th>
                <th scope="col">{t('runs.dry.before')}</th>
                <th scope="col">{t('runs.dry.after')}</th>
              </tr>
            </thead>
            <tbody>
              {comparison.fields.map((f) => (
                <tr key={f.field}>
                  <th scope="row" className="mono">
                    {f.field}
                  </th>
                  <td className={f.change === 'added' ? 'soft' : 'before'}>
                    {f.change === 'added' ? '–' : <del>{brief(f.before)}</del>}
                  </td>
                  <td className={f.change === 'removed' ? 'soft' : 'after'}>
                    {f.change === 'removed' ? '–' : <ins>{brief(f.after)}</ins>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {comparison.more && <p className="soft">{t('runs.dry.more')}</p>}
    </section>
  );
}
