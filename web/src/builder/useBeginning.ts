import { useEffect, useRef } from 'react';
import { useParameters } from '../app/router';
import { mayStart } from '../blueprint/make';
import type { Blueprint } from '../blueprint/types';
import type { Labels } from '../canvas/labels';
import { useModules } from '../parts/apps';
import { addModule } from './slots';
import type { Edit } from './useEdited';

/** Begins a new scenario with the module that the address names, as in /scenarios/new?module=customerly:listLeads. */
export function useBeginning(blueprint: Blueprint, edit: Edit, select: (modules: number[]) => void, labels: Labels) {
  const [parameters, change] = useParameters();
  const modules = useModules();
  const name = parameters.get('module') ?? '';
  const module = name ? modules.module(name) : undefined;
  const begun = useRef('');
  useEffect(() => {
    if (!module || begun.current === name) return;
    begun.current = name;
    change({ module: '' });
    if (blueprint.flow.length > 0) return;
    const slot = mayStart(module.kind) ? { at: 'first' as const } : { at: 'loose' as const, point: { x: 200, y: 0 } };
    const added = addModule(blueprint, slot, module, labels.kind);
    edit(() => added.blueprint);
    select([added.id]);
  }, [module, name, blueprint, edit, select, labels, change]);
}
