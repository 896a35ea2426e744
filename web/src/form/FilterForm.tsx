import { useState } from 'react';
import type { Filter } from '../blueprint/types';
import { AreaField } from '../parts/basics';
import type { Source } from './source';

export interface FilterFormProps {
  filter: Filter | undefined;
  sources: Source[];
  zone: string;
  readOnly: boolean;
  onChange: (next: Filter | undefined) => void;
}

/** The conditions on a link. */
export function FilterForm({ filter, readOnly, onChange }: FilterFormProps) {
  const [text, setText] = useState(() => (filter ? JSON.stringify(filter, null, 2) : ''));
  return (
    <AreaField
      label="Filter"
      value={text}
      readOnly={readOnly}
      onChange={(e) => {
        setText(e.target.value);
        try {
          onChange(e.target.value ? (JSON.parse(e.target.value) as Filter) : undefined);
        } catch {
          // not yet JSON
        }
      }}
    />
  );
}
