import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { ChevronRight, Plus, ShieldCheck, TriangleAlert } from 'lucide-react';
import { moduleQuery } from '../api/definitions';
import type { Module, ModuleName } from '../api/types';
import { Link } from '../app/router';
import { useMay } from '../app/session';
import { Loading } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { Value } from '../parts/value';
import { useText } from '../text/text';
import { FieldList } from './FieldList';
import { deliveryHelp, deliveryWord } from './words';

/** One module of an app; its fields are read when it is opened. */
export function ModuleRow({ module, initiallyOpen }: { module: ModuleName; initiallyOpen: boolean }) {
  const { t } = useText();
  const [open, setOpen] = useState(initiallyOpen);
  const element = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (initiallyOpen) element.current?.scrollIntoView({ block: 'start' });
  }, [initiallyOpen]);
  return (
    <details ref={element} className="module" open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>
        <ChevronRight className="module-arrow" aria-hidden />
        <span className="module-text">
          <span className="module-name">{module.label}</span>
          <span className="soft">{module.summary}</span>
        </span>
        {module.unsupported ? (
          <span className="status warn">
            <TriangleAlert aria-hidden /> {t('apps.unsupported')}
          </span>
        ) : (
          <Delivery delivery={module.delivery} />
        )}
      </summary>
      {open && <ModuleBody name={module.module} />}
    </details>
  );
}

function Delivery({ delivery }: { delivery: string }) {
  const { t } = useText();
  const unsafe = delivery === 'unsafe';
  return (
    <span className={unsafe ? 'status warn' : 'status'}>
      {unsafe ? <TriangleAlert aria-hidden /> : <ShieldCheck aria-hidden />}
      {deliveryWord(delivery, t)}
    </span>
  );
}

function ModuleBody({ name }: { name: string }) {
  const { t, language } = useText();
  const may = useMay();
  const found = useQuery(moduleQuery(name, undefined, language));
  return (
    <div className="module-body">
      {found.isPending && <Loading />}
      <ProblemBox error={found.error} retry={() => void found.refetch()} />
      {found.data && <Described module={found.data} />}
      {may('scenario.edit') && found.data && !found.data.unsupported && (
        <div>
          <Link className="button" href={`/scenarios/new?module=${encodeURIComponent(name)}`}>
            <Plus aria-hidden /> {t('apps.use')}
          </Link>
        </div>
      )}
    </div>
  );
}

function Described({ module }: { module: Module }) {
  const { t } = useText();
  const asked = [...module.parameters, ...module.expect];
  return (
    <>
      {module.unsupported ? (
        <p className="note warn">{t('apps.unsupported.help', { needs: module.unsupported.join(', ') })}</p>
      ) : (
        <p className="help">{deliveryHelp(module.delivery, t)}</p>
      )}
      <Side title={t('apps.asks')} none={t('apps.asks.none')} empty={asked.length === 0}>
        <FieldList fields={asked} label={t('apps.asks')} />
        {module.dynamic_input && <p className="help">{t('apps.dynamic')}</p>}
      </Side>
      <Side title={t('apps.gives')} none={t('apps.gives.none')} empty={module.interface.length === 0}>
        <FieldList fields={module.interface} label={t('apps.gives')} />
        {module.dynamic_output && <p className="help">{t('apps.dynamic')}</p>}
      </Side>
      {module.samples !== undefined && module.samples !== null && (
        <details className="sample">
          <summary>{t('apps.sample')}</summary>
          <Value value={module.samples} />
        </details>
      )}
    </>
  );
}

function Side({ title, none, empty, children }: { title: string; none: string; empty: boolean; children: ReactNode }) {
  return (
    <section>
      <h4>{title}</h4>
      {empty ? <p className="help">{none}</p> : children}
    </section>
  );
}
