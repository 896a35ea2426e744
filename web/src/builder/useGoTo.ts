import { useCallback } from 'react';
import { findPath } from '../blueprint/tree';
import { useBuilder } from './builder';
import { focusField } from './focusField';

/** Opens what a path in the blueprint leads to: the field of a module, or the filter before it. */
export function useGoTo(): (path: string) => void {
  const { blueprint, select, selectLink } = useBuilder();
  return useCallback(
    (path) => {
      const found = findPath(blueprint, path);
      if (!found) return;
      if (found.field.startsWith('filter')) selectLink(found.spot.node.id);
      else {
        select([found.spot.node.id]);
        focusField(found.field);
      }
    },
    [blueprint, select, selectLink],
  );
}
