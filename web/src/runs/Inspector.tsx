import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Operation, Page } from '../api/types';
import { Loading } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { Value } from '../parts/value';

export interface InspectorProps {
  execution: number;
  /** Shows the operations of one module; without it those of all. */
  module?: number;
  onClose?: () => void;
}

/** Every operation of an execution, with what went in and came out. */
export function Inspector({ execution, module }: InspectorProps) {
  const list = useQuery({
    queryKey: ['operations', execution],
    queryFn: () => api.get<Page<Operation>>(`/executions/${execution}/operations`),
  });
  if (list.isPending) return <Loading />;
  if (list.error) return <ProblemBox error={list.error} />;
  return (
    <ol>
      {list.data.items
        .filter((o) => module === undefined || o.module === module)
        .map((o) => (
          <li key={o.sequence}>
            <Value value={o.bundles ?? []} />
          </li>
        ))}
    </ol>
  );
}
