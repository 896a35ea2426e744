import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { ArrowLeftRight, GitCompare } from 'lucide-react';
import { api } from '../api/client';
import { useList } from '../api/lists';
import type { Execution, ExecutionDetail, Page as ListPage } from '../api/types';
import { Link, useParameters } from '../app/router';
import { Button, Empty, Loading, Page } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { Status } from '../parts/status';
import { useText } from '../text/text';
import { countsOf } from './bubbles';
import {
  compareCounts,
  differences,
  firstDifference,
  pair,
  resultOf,
  type CountDifference,
  type ValueDifference,
} from './compare';
import { useExecution, useStepNames, useVersion } from './data';
import { placeOf } from './address';
import { useNumbers } from './numbers';
import type { Shown } from './operations';
import { originText } from './origin';
import { brief } from './values';
import './runs.css';

const choices = 50;
const looked = 500;

/** Two executions side by side. */
export function Compare() {
  const { t } = useText();
  const [parameters, change] = useParameters();
  const a = Number(parameters.get('a')) || 0;
  const b = Number(parameters.get('b')) || 0;
  const left = useExecution(a);
  const right = useExecution(b);
  const scenario = left.data?.scenario ?? right.data?.scenario;
  return (
    <div className="run-page">
      <Page
        title={t('runs.compare.title')}
        lead={t('runs.compare.lead')}
        actions={
          <Button
            icon={<ArrowLeftRight aria-hidden />}
            disabled={a === 0 || b === 0}
            onClick={() => change({ a: String(b), b: String(a) })}
          >
            {t('runs.compare.swap')}
          </Button>
        }
      >
        <div className="compare-heads">
          <Side
            label={t('runs.compare.a')}
            id={a}
            execution={left.data}
            scenario={scenario}
            choose={(id) => change({ a: id })}
          />
          <Side
            label={t('runs.compare.b')}
            id={b}
            execution={right.data}
            scenario={scenario}
            choose={(id) => change({ b: id })}
          />
        </div>
        <ProblemBox error={left.error ?? right.error} />
        {(a === 0 || b === 0) && (
          <Empty icon={<GitCompare />} title={t('runs.compare.choose')}>
            <p className="soft">{t('runs.compare.choose.lead')}</p>
          </Empty>
        )}
        {left.data && right.data && <Modules a={left.data} b={right.data} />}
      </Page>
    </div>
  );
}

interface SideProps {
  label: string;
  id: number;
  execution: ExecutionDetail | undefined;
  scenario: number | undefined;
  choose: (id: string) => void;
}

function Side({ label, id, execution, scenario, choose }: SideProps) {
  const { t, moment, duration } = useText();
  const list = useList<Execution>('executions', '/executions', { scenario, limit: choices }, scenario !== undefined);
  const known = list.items ?? [];
  return (
    <section className="card compare-side">
      <select aria-label={label} value={id} onChange={(e) => choose(e.target.value)}>
        <option value={0}>{t('runs.compare.pick')}</option>
        {execution && !known.some((e) => e.id === id) && (
          <option value={id}>{t('runs.execution.of', { id: String(id) })}</option>
        )}
        {known.map((e) => (
          <option key={e.id} value={e.id}>
            {t('runs.execution.of', { id: String(e.id) })} · {moment(e.started ?? e.accepted)} · {e.status}
          </option>
        ))}
      </select>
      {execution && (
        <p className="row">
          <Status status={execution.status} />
          <Link href={`/history/${execution.id}`}>{t('runs.execution.of', { id: String(execution.id) })}</Link>
          <span className="soft">
            {originText(execution.origin, t)} · {t('runs.version')} {execution.version} ·{' '}
            {duration(execution.duration_ms)}
          </span>
        </p>
      )}
    </section>
  );
}

function Modules({ a, b }: { a: ExecutionDetail; b: ExecutionDetail }) {
  const { t } = useText();
  const names = useStepNames(useVersion(b.scenario, b.version).data);
  const older = useStepNames(useVersion(a.scenario, a.version).data);
  const name = (m: number) => (names.step(m) ? names.name(m) : older.name(m));
  const list = compareCounts(countsOf(a), countsOf(b));
  const [chosen, setChosen] = useState<number>();
  const at = chosen ?? list.find((m) => m.differs)?.module ?? list[0]?.module;
  if (list.length === 0) return <p className="note">{t('runs.compare.not-over')}</p>;
  return (
    <>
      {a.scenario !== b.scenario && <p className="note warn">{t('runs.compare.other-scenario')}</p>}
      <div className="table-box" role="region" aria-label={t('runs.compare.counts')} tabIndex={0}>
        <table className="table compare-table">
          <thead>
            <tr>
              <th scope="col">{t('runs.module')}</th>
              <th scope="col" className="number">
                {t('runs.operations')}
              </th>
              <th scope="col" className="number">
                {t('runs.compare.out')}
              </th>
              <th scope="col" className="number">
                {t('runs.compare.filtered')}
              </th>
              <th scope="col" className="number">
                {t('runs.compare.errors')}
              </th>
              <th scope="col">{t('runs.compare.results')}</th>
            </tr>
          </thead>
          <tbody>
            {list.map((m) => (
              <tr key={m.module} className={m.module === at ? 'selected' : undefined}>
                <th scope="row">{name(m.module)}</th>
                <Counts m={m} field="operations" />
                <Counts m={m} field="out" />
                <Counts m={m} field="filtered" />
                <Counts m={m} field="errors" />
                <td>
                  <button
                    type="button"
                    className="link-button"
                    aria-pressed={m.module === at}
                    onClick={() => setChosen(m.module)}
                  >
                    {t('runs.compare.results.show')}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {at !== undefined && <Results key={at} a={a.id} b={b.id} module={at} name={name(at)} />}
    </>
  );
}

function Counts({ m, field }: { m: CountDifference; field: 'operations' | 'out' | 'filtered' | 'errors' }) {
  const { count } = useNumbers();
  const [x, y] = [m.a?.[field], m.b?.[field]];
  const text = (n: number | undefined) => (n === undefined ? '–' : count(n));
  return <td className={x === y ? 'number' : 'number differs'}>{x === y ? text(x) : `${text(x)} → ${text(y)}`}</td>;
}

function useModuleOperations(execution: number, module: number) {
  return useQuery({
    queryKey: ['operations', execution, 'compare', module],
    queryFn: () => api.get<ListPage<Shown>>(`/executions/${execution}/modules/${module}`, { limit: looked }),
  });
}

/** The first operation of a module that came to something else, field by field. */
function Results({ a, b, module, name }: { a: number; b: number; module: number; name: string }) {
  const { t } = useText();
  const left = useModuleOperations(a, module);
  const right = useModuleOperations(b, module);
  const [at, setAt] = useState<string>();
  if (left.isPending || right.isPending) return <Loading />;
  if (left.error ?? right.error) return <ProblemBox error={left.error ?? right.error} />;
  const pairs = pair(left.data.items, right.data.items);
  const first = firstDifference(pairs);
  const shown = pairs.find((p) => p.address === at) ?? first;
  const title = t('runs.compare.results.of', { name });
  if (!shown) {
    return (
      <section className="card" aria-label={title}>
        <h2>{title}</h2>
        <p>{t(pairs.length === 0 ? 'runs.compare.no-operations' : 'runs.compare.same', { n: pairs.length })}</p>
      </section>
    );
  }
  const { bundles } = placeOf(shown.address);
  const place = bundles.length > 0 ? t('runs.bundle.of', { number: bundles.join(' › ') }) : t('runs.operation.start');
  const list = differences(shown.a && resultOf(shown.a), shown.b && resultOf(shown.b));
  const inputs =
    shown.a?.input !== undefined && shown.b?.input !== undefined ? differences(shown.a.input, shown.b.input) : [];
  return (
    <section className="card stack" aria-label={title}>
      <header className="row spread">
        <h2>{title}</h2>
        <select aria-label={t('runs.operations')} value={shown.address} onChange={(e) => setAt(e.target.value)}>
          {pairs.map((p, i) => (
            <option key={p.address} value={p.address}>
              {t('runs.operation.of', { number: i + 1 })} ({p.address})
              {p === first ? ` · ${t('runs.compare.first')}` : ''}
            </option>
          ))}
        </select>
      </header>
      <p className="soft">{place}</p>
      {!shown.a && <p className="note warn">{t('runs.compare.only-b')}</p>}
      {!shown.b && <p className="note warn">{t('runs.compare.only-a')}</p>}
      {inputs.length > 0 && <Differences title={t('runs.compare.inputs')} list={inputs} />}
      {list.length > 0 ? (
        <Differences title={t('runs.compare.outputs')} list={list} />
      ) : (
        <p>{t('runs.compare.same', { n: 1 })}</p>
      )}
    </section>
  );
}

function Differences({ title, list }: { title: string; list: ValueDifference[] }) {
  const { t } = useText();
  return (
    <div className="table-box" role="region" aria-label={title} tabIndex={0}>
      <table className="table comparison">
        <thead>
          <tr>
            <th scope="col">{title}</th>
            <th scope="col">{t('runs.compare.a')}</th>
            <th scope="col">{t('runs.compare.b')}</th>
          </tr>
        </thead>
        <tbody>
          {list.map((d) => (
            <tr key={d.path}>
              <th scope="row" className="mono">
                {d.path}
              </th>
              <td>
                <del>{cell(d.a)}</del>
              </td>
              <td>
                <ins>{cell(d.b)}</ins>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const cellLength = 300;

function cell(value: unknown): string {
  return value === undefined ? '–' : brief(value).slice(0, cellLength);
}
