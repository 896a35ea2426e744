import { useEffect, useRef } from 'react';
import type { ModuleName } from '../api/types';
import { useParameters } from '../app/router';
import { mayStart } from '../blueprint/make';
import type { Blueprint } from '../blueprint/types';
import { useModules } from '../parts/apps';
import type { Slot } from './builder';

/** Begins a new scenario with the module that the address names, as in /scenarios/new?module=customerly:listLeads. */
export function useBeginning(blueprint: Blueprint, place: (slot: Slot, module: ModuleName) => unknown) {
  const [parameters, change] = useParameters();
  const modules = useModules();
  const name = parameters.get('module') ?? '';
  const module = name ? modules.module(name) : undefined;
  const begun = useRef('');
  useEffect(() => {
    if (!module || module.unsupported || begun.current === name) return;
    begun.current = name;
    change({ module: '' });
    if (blueprint.flow.length > 0) return;
    place(mayStart(module.kind) ? { at: 'first' } : { at: 'loose', point: { x: 200, y: 0 } }, module);
  }, [module, name, blueprint, place, change]);
}
