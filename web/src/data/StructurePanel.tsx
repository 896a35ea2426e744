import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { DataStore } from '../api/types';
import { Button, TextField } from '../parts/basics';
import { Panel } from '../parts/panel';
import { ProblemBox } from '../parts/problem';
import { fieldsOf, isWrong, tidyFields } from '../parts/structure';
import { StructureEditor } from '../parts/structure-editor';
import { useToaster } from '../parts/toasts';
import { useText } from '../text/text';

const mega = 1024 * 1024;

/** Changes the fields and the size of a data store; its records stay as they are. */
export function StructurePanel({ store: d, onClose }: { store: DataStore; onClose: () => void }) {
  const { t } = useText();
  const client = useQueryClient();
  const toaster = useToaster();
  const [fields, setFields] = useState(() => fieldsOf(d.structure));
  const [size, setSize] = useState(String(Math.round(d.bytes_max / mega)));
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () =>
      api.patch<DataStore>(
        `/datastores/${d.id}`,
        { structure: tidyFields(fields), bytes_max: Number(size) * mega },
        d.revision,
      ),
    onSuccess: (saved) => {
      client.setQueryData(['datastores', d.id], saved);
      toaster.say(t('common.saved'));
      onClose();
    },
  });
  return (
    <Panel title={t('stores.structure')} lead={d.name} onClose={onClose} wide>
      <form
        className="form"
        onSubmit={(e) => {
          e.preventDefault();
          setTried(true);
          if (!isWrong(fields)) save.mutate();
        }}
      >
        <p className="note">{t('stores.structure.lead')}</p>
        <StructureEditor
          fields={fields}
          onChange={setFields}
          shows={tried}
          title={t('stores.field.title')}
          help={t('stores.field.help')}
        />
        <TextField
          label={t('stores.size.most')}
          type="number"
          min={1}
          required
          value={size}
          onChange={(e) => setSize(e.target.value)}
        />
        <ProblemBox error={save.error} />
        <div className="row">
          <Button type="submit" look="primary" busy={save.isPending}>
            {t('common.save')}
          </Button>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
        </div>
      </form>
    </Panel>
  );
}
