import { useLayoutEffect, useRef } from 'react';
import { Trash2 } from 'lucide-react';
import type { Filter } from '../blueprint/types';
import { Button, TextField } from '../parts/basics';
import { useText } from '../text/text';
import { Conditions } from './Conditions';
import './form.css';
import { MappingForm } from './mapping';
import type { Source } from './source';

export interface FilterFormProps {
  filter: Filter | undefined;
  sources: Source[];
  zone: string;
  readOnly: boolean;
  onChange: (next: Filter | undefined) => void;
}

const empty: Filter = { name: '', conditions: [] };

/** The conditions on a link: which bundles go on to the next module. */
export function FilterForm({ filter, sources, zone, readOnly, onChange }: FilterFormProps) {
  const { t } = useText();
  const latest = useRef(filter);
  useLayoutEffect(() => {
    latest.current = filter;
  }, [filter]);
  const change = (next: (before: Filter) => Filter) => {
    const after = next(latest.current ?? empty);
    latest.current = after;
    onChange(after);
  };
  const shown = filter ?? empty;
  return (
    <MappingForm sources={sources} zone={zone} readOnly={readOnly}>
      <div className="module-form">
        <p className="soft">{t('form.filter.lead')}</p>
        <TextField
          label={t('form.filter.label')}
          help={t('form.filter.label.help')}
          value={shown.name}
          readOnly={readOnly}
          maxLength={120}
          onChange={(e) => change((f) => ({ ...f, name: e.target.value }))}
        />
        <Conditions
          groups={shown.conditions}
          update={(next) => change((f) => ({ ...f, conditions: next(f.conditions) }))}
        />
        {filter && !readOnly && (
          <div>
            <Button
              look="quiet"
              icon={<Trash2 aria-hidden />}
              onClick={() => {
                latest.current = undefined;
                onChange(undefined);
              }}
            >
              {t('form.filter.clear')}
            </Button>
          </div>
        )}
      </div>
    </MappingForm>
  );
}
