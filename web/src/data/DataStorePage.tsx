import { useState } from 'react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Columns3, FileDown, FileUp, Pencil, Plus, Trash2 } from 'lucide-react';
import { address, api } from '../api/client';
import type { DataStore } from '../api/types';
import { navigate, useParameters } from '../app/router';
import type { Match } from '../app/routes';
import { useMay } from '../app/session';
import { Rename } from '../parts/asking';
import { Confirm } from '../parts/confirm';
import { Button, Loading, Page } from '../parts/basics';
import { fileName } from '../parts/file-name';
import { Menu, type Choice } from '../parts/menu';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { Fill } from './DataStores';
import { ImportRecords } from './ImportRecords';
import { RecordPanel } from './RecordPanel';
import { Records } from './Records';
import { StructurePanel } from './StructurePanel';
import './data.css';

/** One data store with its records. */
export function DataStorePage({ id }: Match) {
  const { t } = useText();
  const store = useQuery({ queryKey: ['datastores', id], queryFn: () => api.get<DataStore>(`/datastores/${id}`) });
  if (store.data) return <Found store={store.data} />;
  return (
    <Page title={t('stores.one')}>
      {store.error ? <ProblemBox error={store.error} retry={() => void store.refetch()} /> : <Loading />}
    </Page>
  );
}

function Found({ store: d }: { store: DataStore }) {
  const { t } = useText();
  const mayEdit = useMay()('datastore.edit');
  const [parameters, change] = useParameters();
  const [open, setOpen] = useState<{ key?: string }>();
  const [asked, setAsked] = useState<'import' | 'structure'>();
  const close = () => setAsked(undefined);
  const lead = (
    <span className="row store-lead">
      {t('stores.records', { n: d.records })} <Fill store={d} />
    </span>
  );
  const actions = (
    <>
      {mayEdit && (
        <>
          <Button icon={<FileUp aria-hidden />} onClick={() => setAsked('import')}>
            {t('records.import')}
          </Button>
          <Button look="primary" icon={<Plus aria-hidden />} onClick={() => setOpen({})}>
            {t('records.new')}
          </Button>
        </>
      )}
      <Deeds store={d} mayEdit={mayEdit} structure={() => setAsked('structure')} />
    </>
  );
  return (
    <Page title={d.name} lead={lead} actions={actions}>
      <Records
        store={d}
        begin={parameters.get('key') ?? ''}
        search={(key) => change({ key })}
        open={open?.key}
        onOpen={(key) => setOpen({ key })}
        onImport={mayEdit ? () => setAsked('import') : undefined}
      />
      {open && (
        <RecordPanel
          key={open.key ?? '\n'}
          store={d}
          recordKey={open.key}
          onClose={() => setOpen(undefined)}
          onSaved={(key) => setOpen({ key })}
        />
      )}
      {asked === 'import' && <ImportRecords store={d} onClose={close} />}
      {asked === 'structure' && <StructurePanel store={d} onClose={close} />}
    </Page>
  );
}

/** Has the browser fetch a file, with the name that it gets. */
function fetchFile(d: DataStore, format: 'json' | 'csv') {
  const link = document.createElement('a');
  link.href = address(`/datastores/${d.id}/file`, { format });
  link.download = fileName(d.name, format);
  link.click();
}

function Deeds({ store: d, mayEdit, structure }: { store: DataStore; mayEdit: boolean; structure: () => void }) {
  const { t } = useText();
  const client = useQueryClient();
  const [asked, setAsked] = useState<'rename' | 'delete'>();
  const close = () => setAsked(undefined);
  const rename = async (name: string) => {
    client.setQueryData(['datastores', d.id], await api.patch(`/datastores/${d.id}`, { name }, d.revision));
    await client.invalidateQueries({ queryKey: ['datastores'] });
  };
  const remove = async () => {
    await api.delete(`/datastores/${d.id}`);
    navigate('/datastores');
    await client.invalidateQueries({ queryKey: ['datastores'] });
  };
  const choices: Choice[] = [
    { text: t('records.export.csv'), icon: <FileDown aria-hidden />, act: () => fetchFile(d, 'csv') },
    { text: t('records.export.json'), icon: <FileDown aria-hidden />, act: () => fetchFile(d, 'json') },
  ];
  if (mayEdit)
    choices.push(
      { text: t('stores.structure'), icon: <Columns3 aria-hidden />, apart: true, act: structure },
      { text: t('common.rename'), icon: <Pencil aria-hidden />, act: () => setAsked('rename') },
      {
        text: t('common.delete'),
        icon: <Trash2 aria-hidden />,
        danger: true,
        apart: true,
        act: () => setAsked('delete'),
      },
    );
  return (
    <>
      <Menu label={t('data.more', { name: d.name })} choices={choices} />
      {asked === 'rename' && <Rename name={d.name} save={rename} onClose={close} />}
      {asked === 'delete' && (
        <Confirm title={t('stores.delete', { name: d.name })} act={remove} confirm={t('common.delete')} onClose={close}>
          <p>{t('stores.delete.lead', { n: d.records })}</p>
        </Confirm>
      )}
    </>
  );
}
