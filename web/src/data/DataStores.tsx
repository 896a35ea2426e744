import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Database, Plus } from 'lucide-react';
import { api } from '../api/client';
import { useList } from '../api/lists';
import type { DataStore } from '../api/types';
import { Link, navigate } from '../app/router';
import { useMay, useSession } from '../app/session';
import { Button, Empty, Loading, More, Page, TextField } from '../parts/basics';
import { Panel } from '../parts/panel';
import { fieldError, ProblemBox } from '../parts/problem';
import { SearchBox } from '../parts/search';
import { isWrong, tidyFields, type StructureField } from '../parts/structure';
import { StructureEditor } from '../parts/structure-editor';
import { useText } from '../text/text';
import { bytes } from './bytes';
import './data.css';

/** The tables of records that scenarios of the team read and write. */
export function DataStores() {
  const { t } = useText();
  const { team } = useSession();
  const mayEdit = useMay()('datastore.edit');
  const [search, setSearch] = useState('');
  const [making, setMaking] = useState(false);
  const list = useList<DataStore>('datastores', '/datastores', { team, limit: 100, name: search.trim() });
  const items = list.items ?? [];
  const none = list.isSuccess && items.length === 0 && !search;
  const add = (
    <Button look="primary" icon={<Plus aria-hidden />} onClick={() => setMaking(true)}>
      {t('stores.new')}
    </Button>
  );
  return (
    <Page title={t('nav.datastores')} lead={t('stores.lead')} actions={mayEdit && !none && add}>
      {list.error && <ProblemBox error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {none && (
        <Empty icon={<Database />} title={t('stores.none')}>
          <p>{t('stores.none.lead')}</p>
          {mayEdit ? add : <p className="soft">{t('data.ask')}</p>}
        </Empty>
      )}
      {list.isSuccess && !none && (
        <>
          <div className="tools">
            <SearchBox value={search} onChange={setSearch} label={t('stores.search')} />
          </div>
          <ul className="things" aria-label={t('nav.datastores')}>
            {items.map((d) => (
              <Row key={d.id} store={d} />
            ))}
          </ul>
          {items.length === 0 && <p className="soft">{t('data.not-found', { text: search })}</p>}
          <More list={list} />
        </>
      )}
      {making && <NewStore close={() => setMaking(false)} />}
    </Page>
  );
}

const nearlyFull = 0.9;

/** How much of its size a data store has taken. */
export function Fill({ store: d }: { store: DataStore }) {
  const { t, language } = useText();
  const text = t('stores.fill', { bytes: bytes(d.bytes, language), most: bytes(d.bytes_max, language) });
  return (
    <div className="fill">
      <meter
        aria-label={t('stores.size')}
        min={0}
        max={d.bytes_max}
        high={d.bytes_max * nearlyFull}
        optimum={0}
        value={d.bytes}
      />
      <span className="soft">{text}</span>
    </div>
  );
}

function Row({ store: d }: { store: DataStore }) {
  const { t } = useText();
  return (
    <li className="thing">
      <span className="thing-icon" aria-hidden>
        <Database />
      </span>
      <div className="thing-main">
        <Link className="thing-name" href={`/datastores/${d.id}`}>
          {d.name}
        </Link>
      </div>
      <span className="thing-side">{t('stores.records', { n: d.records })}</span>
      <Fill store={d} />
    </li>
  );
}

const mega = 1024 * 1024;

function NewStore({ close }: { close: () => void }) {
  const { t, told } = useText();
  const { team } = useSession();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [size, setSize] = useState('');
  const [fields, setFields] = useState<StructureField[]>([]);
  const [tried, setTried] = useState(false);
  const make = useMutation({
    mutationFn: () =>
      api.post<DataStore>('/datastores', {
        team,
        name: name.trim(),
        structure: tidyFields(fields),
        bytes_max: size ? Number(size) * mega : 0,
      }),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: ['datastores'] });
      navigate(`/datastores/${made.id}`);
    },
  });
  return (
    <Panel title={t('stores.new')} lead={t('stores.new.lead')} onClose={close} wide>
      <form
        className="form"
        onSubmit={(e) => {
          e.preventDefault();
          setTried(true);
          if (!isWrong(fields)) make.mutate();
        }}
      >
        <TextField
          label={t('common.name')}
          required
          maxLength={200}
          value={name}
          placeholder={t('stores.name.example')}
          error={fieldError(make.error, 'name', told)}
          onChange={(e) => setName(e.target.value)}
        />
        <StructureEditor
          fields={fields}
          onChange={setFields}
          shows={tried}
          title={t('stores.field.title')}
          help={t('stores.field.help')}
        />
        <TextField
          label={t('stores.size.most')}
          help={t('stores.size.help')}
          type="number"
          min={1}
          value={size}
          onChange={(e) => setSize(e.target.value)}
        />
        <ProblemBox error={make.error} fields={['name']} />
        <div className="row">
          <Button type="submit" look="primary" busy={make.isPending}>
            {t('stores.make')}
          </Button>
          <Button onClick={close}>{t('common.cancel')}</Button>
        </div>
      </form>
    </Panel>
  );
}
