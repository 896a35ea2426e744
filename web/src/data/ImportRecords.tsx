import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleAlert } from 'lucide-react';
import { api } from '../api/client';
import type { DataStore } from '../api/types';
import { SelectField } from '../parts/basics';
import { Dialog } from '../parts/dialog';
import { FileChoice } from '../parts/file-choice';
import { ProblemBox } from '../parts/problem';
import { useToaster } from '../parts/toasts';
import { useText, type Key } from '../text/text';
import {
  keyColumn,
  recordsOf,
  recordsOfJSON,
  tableOf,
  type Fault,
  type Import,
  type Incoming,
  type Table,
} from './import';
import { cell } from './records';
import { fieldsOf } from '../parts/structure';

const atOnce = 2000; // records of one request
const mostBytes = 100 * 1024 * 1024; // that a browser holds without trouble

interface File0 {
  name: string;
  text: string;
}

/** Takes the records of a file in, after they were looked at. */
export function ImportRecords({ store, onClose }: { store: DataStore; onClose: () => void }) {
  const { t } = useText();
  const [file, setFile] = useState<File0>();
  const [tooBig, setTooBig] = useState<string>();
  const take = async (f: File) => {
    setTooBig(f.size > mostBytes ? f.name : undefined);
    if (f.size <= mostBytes) setFile({ name: f.name, text: await f.text() });
  };
  if (file) return <Look key={file.name} store={store} file={file} onClose={onClose} />;
  return (
    <Dialog big title={t('records.import')} onClose={onClose}>
      <FileChoice
        lead={t('records.import.lead')}
        choose={t('scenarios.import.choose')}
        accept=".csv,.json,.tsv,.txt,text/csv,application/json"
        onFile={(f) => void take(f)}
      >
        {tooBig && (
          <p className="field-error" role="alert">
            {t('records.import.big', { file: tooBig })}
          </p>
        )}
      </FileChoice>
    </Dialog>
  );
}

function Look({ store, file, onClose }: { store: DataStore; file: File0; onClose: () => void }) {
  const { t } = useText();
  const structure = fieldsOf(store.structure);
  const isJSON = /\.json$/i.test(file.name) || /^\s*\[/.test(file.text);
  const [table] = useState<Table | undefined>(() => (isJSON ? undefined : tableOf(file.text)));
  const [keyAt, setKeyAt] = useState(() => (table ? keyColumn(table.header) : 0));
  const read: Import | undefined = table ? recordsOf(table, keyAt, structure) : recordsOfJSON(file.text, structure);
  const records = read?.records ?? [];
  const send = useSending(store, onClose);
  return (
    <Dialog
      big
      title={t('records.import')}
      confirm={records.length > 0 ? t('records.import.do', { n: records.length }) : undefined}
      busy={send.isPending}
      onConfirm={() => (records.length > 0 ? send.mutate(records) : onClose())}
      onClose={onClose}
    >
      <p>
        <strong>{file.name}</strong>
      </p>
      {!read && (
        <p className="field-error" role="alert">
          {t('records.import.no-json')}
        </p>
      )}
      {table && (
        <SelectField
          label={t('records.import.key')}
          help={t('records.import.key.help')}
          value={keyAt}
          onChange={(e) => setKeyAt(Number(e.target.value))}
        >
          {table.header.map((name, i) => (
            <option key={i} value={i}>
              {name || t('records.import.column', { n: i + 1 })}
            </option>
          ))}
        </SelectField>
      )}
      {read && <Faults faults={read.faults} isJSON={!table} />}
      {records.length > 0 && <Preview records={records} />}
      {send.progress > 0 && send.isPending && (
        <p role="status">{t('records.import.progress', { n: send.progress, all: records.length.toLocaleString() })}</p>
      )}
      <ProblemBox error={send.error} />
      {send.error && send.progress > 0 && <p className="soft">{t('records.import.part', { n: send.progress })}</p>}
    </Dialog>
  );
}

function useSending(store: DataStore, onClose: () => void) {
  const { t } = useText();
  const client = useQueryClient();
  const toaster = useToaster();
  const [progress, setProgress] = useState(0);
  const send = useMutation({
    mutationFn: async (records: Incoming[]) => {
      for (let i = 0; i < records.length; i += atOnce) {
        setProgress(i);
        await api.post(`/datastores/${store.id}/file`, records.slice(i, i + atOnce));
      }
      return records.length;
    },
    onSuccess: (n) => {
      toaster.say(t('records.imported', { n }));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['datastores'] }),
  });
  return { ...send, progress };
}

const shownFaults = 6;

function Faults({ faults, isJSON }: { faults: Fault[]; isJSON: boolean }) {
  const { t } = useText();
  if (faults.length === 0) return null;
  return (
    <div className="note warn stack close-stack">
      <p>
        <CircleAlert aria-hidden className="in-text" /> {t('records.import.faults', { n: faults.length })}
      </p>
      <ul className="bare fault-list" tabIndex={0} aria-label={t('records.import.faults', { n: faults.length })}>
        {faults.slice(0, shownFaults * 10).map((f, i) => (
          <li key={i}>
            <strong>{t(isJSON ? 'records.import.record' : 'records.import.line', { at: f.at })}</strong>{' '}
            {t(`records.import.why.${f.why}` as Key)} {f.what && <code>{f.what}</code>}
          </li>
        ))}
      </ul>
    </div>
  );
}

const shownRecords = 5;
const shownColumns = 6;

function Preview({ records }: { records: Incoming[] }) {
  const { t } = useText();
  const some = records.slice(0, shownRecords);
  const columns = [...new Set(some.flatMap((r) => Object.keys(r.data)))].slice(0, shownColumns);
  return (
    <section className="stack close-stack" aria-label={t('records.import.preview')}>
      <h3>{t('records.import.preview')}</h3>
      <div className="table-box" tabIndex={0} role="region" aria-label={t('records.import.preview')}>
        <table className="table">
          <thead>
            <tr>
              <th>{t('records.key')}</th>
              {columns.map((c) => (
                <th key={c}>{c}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {some.map((r) => (
              <tr key={r.key}>
                <td>{r.key}</td>
                {columns.map((c) => (
                  <td key={c}>{cell(r.data[c])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
