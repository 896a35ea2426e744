import { useState } from 'react';
import type { Module } from '../api/types';
import type { Node } from '../blueprint/types';
import { AreaField } from '../parts/basics';
import type { Source } from './source';

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
  onChange: (next: { parameters: Record<string, unknown>; mapper: Record<string, unknown> }) => void;
}

/** The form of a module: what it asks for, with mappings. */
export function ModuleForm({ module, node, readOnly, onChange }: ModuleFormProps) {
  const [text, setText] = useState(() =>
    JSON.stringify({ parameters: node.parameters ?? {}, mapper: node.mapper ?? {} }, null, 2),
  );
  return (
    <AreaField
      label={module.label}
      value={text}
      readOnly={readOnly}
      onChange={(e) => {
        setText(e.target.value);
        try {
          onChange(JSON.parse(e.target.value) as Parameters<typeof onChange>[0]);
        } catch {
          // not yet JSON
        }
      }}
    />
  );
}
