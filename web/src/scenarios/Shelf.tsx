import { useState } from 'react';
import { useParameters } from '../app/router';
import { Button } from '../parts/basics';
import { SearchBox } from '../parts/search';
import { useText, type Key } from '../text/text';
import { Folders } from './Folders';
import { Row } from './Row';
import { orders, type Folder, type Listed, type Order, type Wish } from './shelf';

const step = 100;

const orderTexts: Record<Order, Key> = {
  name: 'scenarios.sort.name',
  next: 'scenarios.sort.next',
  last: 'scenarios.sort.last',
  changed: 'scenarios.sort.changed',
};

function Sort({ value, onChange }: { value: Order; onChange: (order: string) => void }) {
  const { t } = useText();
  return (
    <label className="sort">
      <span className="soft">{t('scenarios.sort')}</span>
      <select value={value} onChange={(e) => onChange(e.target.value)}>
        {orders.map((o) => (
          <option key={o} value={o}>
            {t(orderTexts[o])}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The folders beside the scenarios that are chosen of them. */
export function Shelf({
  all,
  shown,
  folders,
  wish,
}: {
  all: Listed[];
  shown: Listed[];
  folders: Folder[];
  wish: Wish;
}) {
  const { t } = useText();
  const [parameters, change] = useParameters();
  const [most, setMost] = useState(step);
  const text = parameters.get('q') ?? '';
  const showsFolder = wish.place.all && folders.length > 0;
  return (
    <div className={folders.length > 0 ? 'shelf with-folders' : 'shelf'}>
      {folders.length > 0 && <Folders all={all} folders={folders} place={wish.place} />}
      <div className="shelf-main">
        <div className="tools">
          <SearchBox value={text} onChange={(q) => change({ q })} label={t('scenarios.search')} />
          <Sort value={wish.order} onChange={(sort) => change({ sort: sort === 'name' ? '' : sort })} />
          <p className="soft found" role="status">
            {t('scenarios.found', { n: shown.length })}
          </p>
        </div>
        <ul className="things scenarios" aria-label={t('nav.scenarios')}>
          {shown.slice(0, most).map((s) => (
            <Row key={s.id} scenario={s} folders={folders} showsFolder={showsFolder} />
          ))}
        </ul>
        {shown.length === 0 && (
          <p className="soft none-found">
            {text ? t('data.not-found', { text }) : t('scenarios.folder.empty')}{' '}
            <Button look="quiet" onClick={() => change({ q: '', folder: '' })}>
              {t('scenarios.show-all')}
            </Button>
          </p>
        )}
        {shown.length > most && (
          <div className="more">
            <Button onClick={() => setMost(most + step)}>{t('common.more')}</Button>
          </div>
        )}
      </div>
    </div>
  );
}
