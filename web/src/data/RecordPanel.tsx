import { useState } from 'react';
import { Trash2 } from 'lucide-react';
import type { DataStore, StoreRecord } from '../api/types';
import { useMay } from '../app/session';
import { Confirm } from '../parts/confirm';
import { AreaField, Button, Loading, Moment, TextField } from '../parts/basics';
import { Panel } from '../parts/panel';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { Value } from '../parts/value';
import { useText } from '../text/text';
import { draftOf, readDraft, readWhole, type Draft } from './record-draft';
import { RecordConflict } from './RecordConflict';
import { RecordField } from './RecordField';
import { dataOf, useRecord } from './records';
import { fieldsOf } from '../parts/structure';
import { useRecordSaving } from './useRecordSaving';

/** One record: its fields by their types, or its JSON. Without a key it is a new one. */
export function RecordPanel({
  store,
  recordKey,
  onClose,
  onSaved,
}: {
  store: DataStore;
  recordKey: string | undefined;
  onClose: () => void;
  onSaved: (key: string) => void;
}) {
  const { t } = useText();
  const mayEdit = useMay()('datastore.edit');
  const record = useRecord(store.id, recordKey);
  const title = recordKey ?? t('records.new');
  if (recordKey !== undefined && !record.data)
    return (
      <Panel title={title} onClose={onClose} wide>
        {record.error ? <ProblemBox error={record.error} /> : <Loading />}
      </Panel>
    );
  if (!mayEdit)
    return (
      <Panel title={title} lead={<Moment at={record.data?.updated} />} onClose={onClose} wide>
        <Value value={record.data?.data} />
      </Panel>
    );
  return <Editor store={store} record={record.data} onClose={onClose} onSaved={onSaved} />;
}

function Editor({
  store,
  record,
  onClose,
  onSaved,
}: {
  store: DataStore;
  record: StoreRecord | undefined;
  onClose: () => void;
  onSaved: (key: string) => void;
}) {
  const { t } = useText();
  const toaster = useToaster();
  const structure = fieldsOf(store.structure);
  const saving = useRecordSaving(store.id, record, (saved) => {
    toaster.say(t('common.saved'));
    onSaved(saved.key);
  });
  const { base, conflict } = saving;
  const [key, setKey] = useState(record?.key ?? '');
  const [draft, setDraft] = useState<Draft>(() => draftOf(structure, record ? dataOf(record) : {}));
  const [whole, setWhole] = useState<string>();
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [asking, setAsking] = useState(false);
  const toggle = () => {
    if (whole === undefined) {
      const read = readDraft(draft);
      setWrong(read.wrong);
      if (!read.data) return;
      setWhole(JSON.stringify(read.data, null, 2));
      return;
    }
    const read = readWhole(whole);
    setWrong(read.wrong);
    if (!read.data) return;
    setDraft(draftOf(structure, read.data));
    setWhole(undefined);
  };
  const submit = () => {
    const read = whole === undefined ? readDraft(draft) : readWhole(whole);
    setWrong(read.wrong);
    if (read.data) saving.save(key, read.data);
  };
  const remove = async () => {
    await saving.remove();
    onClose();
  };
  const take = () => {
    const theirs = saving.takeTheirs();
    if (!theirs) {
      onClose();
      return;
    }
    setDraft(draftOf(structure, dataOf(theirs)));
    setWhole(undefined);
  };
  const form = 'record-form';
  const foot = (
    <>
      <div className="row">
        <Button type="submit" form={form} look="primary" busy={saving.busy} disabled={conflict !== undefined}>
          {t('common.save')}
        </Button>
        <Button onClick={onClose}>{t('common.cancel')}</Button>
      </div>
      {record && (
        <Button look="danger" icon={<Trash2 aria-hidden />} onClick={() => setAsking(true)}>
          {t('common.delete')}
        </Button>
      )}
    </>
  );
  const lead = base?.updated && (
    <>
      {t('records.changed')} <Moment at={base.updated} />
    </>
  );
  return (
    <Panel title={record?.key ?? t('records.new')} lead={lead} onClose={onClose} foot={foot} wide>
      <form
        id={form}
        className="form"
        onSubmit={(e) => {
          e.preventDefault();
          submit();
        }}
      >
        {!record && (
          <TextField
            label={t('records.key')}
            help={t('records.key.help')}
            required
            error={saving.taken ? t('records.key.taken') : undefined}
            value={key}
            onChange={(e) => setKey(e.target.value)}
          />
        )}
        <div className="row spread">
          <h3>{t('records.data')}</h3>
          <Button look="quiet" onClick={toggle}>
            {t(whole === undefined ? 'records.as-json' : 'records.as-fields')}
          </Button>
        </div>
        {whole === undefined ? (
          <>
            {draft.map((d, i) => (
              <RecordField
                key={d.field.name}
                entry={d}
                error={wrong[d.field.name]}
                onChange={(x) => setDraft((all) => all.map((y, at) => (at === i ? { ...y, ...x } : y)))}
              />
            ))}
            {draft.length === 0 && <p className="soft">{t('records.no-fields')}</p>}
          </>
        ) : (
          <AreaField
            label={t('records.json')}
            className="mono code"
            rows={18}
            spellCheck={false}
            value={whole}
            error={wrong[''] && t('data.json', { problem: wrong[''] })}
            onChange={(e) => setWhole(e.target.value)}
          />
        )}
        {conflict && base && (
          <RecordConflict
            base={base}
            theirs={conflict.theirs}
            mine={conflict.mine}
            busy={saving.busy}
            keep={saving.keepMine}
            take={take}
            both={(data) => {
              setDraft(draftOf(structure, data));
              setWhole(undefined);
              saving.saveBoth(data);
            }}
          />
        )}
        {!saving.taken && <ProblemBox error={saving.error} />}
      </form>
      {asking && (
        <Confirm
          title={t('records.delete', { key: record?.key ?? '' })}
          act={remove}
          confirm={t('common.delete')}
          onClose={() => setAsking(false)}
        >
          <p>{t('records.delete.lead')}</p>
        </Confirm>
      )}
    </Panel>
  );
}
