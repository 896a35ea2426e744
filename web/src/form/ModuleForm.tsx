import { useCallback, useLayoutEffect, useMemo, useRef, type ReactNode } from 'react';
import type { Field, Module } from '../api/types';
import type { Node } from '../blueprint/types';
import { useMay } from '../app/session';
import { appOf } from '../parts/flow';
import { useText } from '../text/text';
import { FreeFields } from './CollectionField';
import { ConnectionField } from './ConnectionField';
import { dataStoreNamed, useDataStores } from './DataStoreField';
import { namesOf, others, readFields } from './fields';
import { FieldList } from './FieldList';
import './form.css';
import { FormContext, said, type FieldProblem, type FormWorld, type Update } from './formContext';
import { MappingForm } from './mapping';
import { settle } from './problems';
import { RawField } from './RawField';
import type { Source } from './source';
import { useWasSaved } from './useWasSaved';
import { structureOf } from './StructureField';
import { connectionNamed, useConnections } from './useConnections';
import { baseType, isBlank, withValue, type Values } from './values';

export interface ModuleFormProps {
  /** Number of the scenario, 0 while it is not saved. */
  scenario: number;
  team: number;
  module: Module;
  node: Node;
  /** The modules before it, the nearest last. */
  sources: Source[];
  /** Time zone of the scenario. */
  zone: string;
  readOnly: boolean;
  /** What the check of the blueprint says of the module, with paths such as "mapper.email". */
  problems?: FieldProblem[];
  /** Shows what is wrong and belongs to no field of the form. */
  showRest?: (rest: FieldProblem[]) => ReactNode;
  onChange: (next: { parameters: Record<string, unknown>; mapper: Record<string, unknown> }) => void;
}

/** Where blueprints keep the connection of a module; they all mean the same. */
export const connectionKeys = ['__IMTCONN__', 'account', 'connection', 'oAuthAccount'];

const noProblems: FieldProblem[] = [];

interface Filled {
  parameters: Values;
  mapper: Values;
}

/** Holds what is filled in, so that each change builds on the one before, also within one moment. */
function useFilled({ node, onChange }: ModuleFormProps) {
  const latest = useRef<Filled>({ parameters: {}, mapper: {} });
  useLayoutEffect(() => {
    latest.current = { parameters: node.parameters ?? {}, mapper: node.mapper ?? {} };
  }, [node.parameters, node.mapper]);
  const update = useCallback(
    (part: keyof Filled, change: (before: Values) => Values) => {
      const before = latest.current[part];
      const after = change(before);
      if (after === before) return;
      latest.current = { ...latest.current, [part]: after };
      onChange(latest.current);
    },
    [onChange],
  );
  const parameters: Update<Values> = (change) => update('parameters', change);
  const mapper: Update<Values> = (change) => update('mapper', change);
  return { parameters, mapper };
}

/** The fields of a record, where its data store has laid them down. */
function useRecordFields(fields: Field[], { team, module, node }: ModuleFormProps): Field[] {
  const may = useMay();
  const field = module.parameters.find((f) => baseType(f) === 'datastore');
  const stores = useDataStores(team, field !== undefined && may('datastore.view'));
  const store = field && dataStoreNamed(stores.data?.items, node.parameters?.[field.name]);
  const spec = readFields(store?.structure);
  if (spec.length === 0) return fields;
  return fields.map((f) => (f.name === 'data' && baseType(f) === 'collection' && !f.spec ? { ...f, spec } : f));
}

/** The fields that a module maps: those of its definition, of its data structure, and those that another editor knew of. */
function mappedFields(module: Module, expect: Field[], node: Node): Field[] {
  if (!module.dynamic_input) return expect;
  const field = module.parameters.find((f) => baseType(f) === 'udt');
  const structure = field ? readFields(structureOf(node.parameters?.[field.name])) : [];
  const more = structure.length > 0 ? structure : readFields(node.metadata?.expect);
  const names = namesOf(expect);
  return [...expect, ...more.filter((f) => f.name !== '' && !names.has(f.name))];
}

/** Values of which the definition does not know: kept, and shown as they are; free fields where the module takes any. */
function Others({
  module,
  values,
  update,
  known,
  path,
}: {
  module: Module;
  values: Values;
  update: Update<Values>;
  known: Set<string>;
  path: string;
}) {
  const { t } = useText();
  if (module.dynamic_input && path === 'mapper') {
    const change: Update<Values> = (next) =>
      update((all) => {
        const own = Object.fromEntries(Object.entries(all).filter(([name]) => known.has(name)));
        const free = Object.fromEntries(Object.entries(all).filter(([name]) => !known.has(name)));
        return { ...own, ...next(free) };
      });
    return (
      <section className="others">
        <h3>{t('form.others.free')}</h3>
        <FreeFields values={values} update={change} path={path} />
      </section>
    );
  }
  const names = Object.keys(values);
  if (names.length === 0) return null;
  return (
    <details className="others">
      <summary>{t('form.others', { n: names.length })}</summary>
      <p className="help">{t('form.others.help')}</p>
      {names.map((name) => (
        <RawField
          key={name}
          label={name}
          value={values[name]}
          note=""
          set={(v) => update((all) => withValue(all, name, v))}
        />
      ))}
    </details>
  );
}

function ModuleFields(props: ModuleFormProps) {
  const { scenario, team, module, node, readOnly, problems = noProblems, showRest } = props;
  const { t } = useText();
  const may = useMay();
  const update = useFilled(props);
  const app = appOf(module.module);
  const parameters = useMemo(() => node.parameters ?? {}, [node.parameters]);
  const mapper = useMemo(() => node.mapper ?? {}, [node.mapper]);
  const key = connectionKeys.find((k) => !isBlank(parameters[k])) ?? '__IMTCONN__';
  // Modules for plain calls name their credentials by fields of their own.
  const hasOwnField = module.parameters.some((f) => ['keychain', 'account'].includes(baseType(f)));
  const hasConnection = Boolean(module.connection) && !hasOwnField;
  const connections = useConnections(team, app, hasConnection && may('connection.view'));
  const chosen = connectionNamed(connections.items, parameters[key]);
  const recordFields = useRecordFields(module.expect, props);
  const expect = useMemo(() => mappedFields(module, recordFields, node), [module, recordFields, node]);
  const known = ['hook', ...connectionKeys];
  const { placed, rest } = useMemo(
    () =>
      settle(
        problems,
        { parameters: { fields: module.parameters, values: parameters }, mapper: { fields: expect, values: mapper } },
        hasConnection ? connectionKeys : [],
      ),
    [problems, module, parameters, expect, mapper, hasConnection],
  );
  const wasSaved = useWasSaved(scenario, node);
  const world: FormWorld = {
    scenario,
    team,
    app,
    connection: chosen?.id ?? 0,
    needsConnection: hasConnection,
    readOnly,
    wasSaved,
    all: () => ({ ...parameters, ...mapper }),
    problems: placed,
  };
  const told = placed.find((p) => connectionKeys.some((k) => p.path === `parameters.${k}`));
  const isEmpty = module.parameters.length === 0 && expect.length === 0 && !module.dynamic_input;
  return (
    <FormContext value={world}>
      {showRest?.(rest)}
      <div className="module-form">
        {hasConnection && (
          <ConnectionField
            app={app}
            type={module.connection}
            field={{ name: key, label: t('form.connection'), required: true }}
            error={told && !told.warning ? said(told) : undefined}
            warning={told?.warning ? said(told) : undefined}
            value={parameters[key]}
            set={(v) => update.parameters((p) => withValue(p, key, v))}
          />
        )}
        <FieldList
          fields={module.parameters}
          values={parameters}
          update={update.parameters}
          canMap={false}
          path="parameters"
        />
        {hasConnection && expect.length + module.parameters.length > 0 && <hr />}
        <FieldList fields={expect} values={mapper} update={update.mapper} canMap path="mapper" />
        <Others
          module={module}
          values={others(module.parameters, parameters, known)}
          update={update.parameters}
          known={namesOf(module.parameters)}
          path="parameters"
        />
        <Others
          module={module}
          values={others(expect, mapper)}
          update={update.mapper}
          known={namesOf(expect)}
          path="mapper"
        />
        {isEmpty && !hasConnection && <p className="soft">{t('form.nothing')}</p>}
      </div>
    </FormContext>
  );
}

/** The form of a module: what it asks for, with mappings. */
export function ModuleForm(props: ModuleFormProps) {
  const { sources, zone, readOnly } = props;
  return (
    <MappingForm sources={sources} zone={zone} readOnly={readOnly}>
      <ModuleFields {...props} />
    </MappingForm>
  );
}
