import { useDeferredValue, useEffect, useState, type DragEvent } from 'react';
import { FileUp, LayoutTemplate, Plus } from 'lucide-react';
import { useList } from '../api/lists';
import { navigate, useParameters } from '../app/router';
import { useMay, useSession } from '../app/session';
import { useModules } from '../parts/apps';
import { Button, Loading, Page } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { useText } from '../text/text';
import { FirstSteps } from './FirstSteps';
import { ImportPanel } from './ImportPanel';
import { Shelf } from './Shelf';
import { arrange, foldersOf, orders, type Listed, type Order, type Place } from './shelf';
import './scenarios.css';

const pageSize = 200;
const most = 5000;

/** Reads all scenarios of the team, page after page: to sort and to search them takes all. */
function useScenarios() {
  const { team } = useSession();
  const list = useList<Listed>('scenarios', '/scenarios', { team, limit: pageSize });
  const { hasNextPage, isFetchingNextPage, fetchNextPage, items = [] } = list;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && items.length < most) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, items.length]);
  return { ...list, items };
}

function placeOf(parameters: URLSearchParams): Place {
  const folder = parameters.get('folder');
  return folder === null ? { all: true } : { all: false, folder: folder === '-' ? '' : folder };
}

function orderOf(parameters: URLSearchParams): Order {
  return orders.find((o) => o === parameters.get('sort')) ?? 'name';
}

/** Takes files in that are dropped on the page. */
function useDrop(isOn: boolean, take: (file: File) => void) {
  const [over, setOver] = useState(false);
  const hasFiles = (e: DragEvent) => isOn && e.dataTransfer.types.includes('Files');
  return {
    over,
    handlers: {
      onDragOver: (e: DragEvent) => {
        if (!hasFiles(e)) return;
        e.preventDefault();
        setOver(true);
      },
      onDragLeave: (e: DragEvent) => {
        if (e.currentTarget === e.target) setOver(false);
      },
      onDrop: (e: DragEvent) => {
        if (!hasFiles(e)) return;
        e.preventDefault();
        setOver(false);
        const file = e.dataTransfer.files[0];
        if (file) take(file);
      },
    },
  };
}

function Actions({ onImport }: { onImport: () => void }) {
  const { t } = useText();
  return (
    <>
      <Button icon={<FileUp aria-hidden />} onClick={onImport}>
        {t('scenarios.import')}
      </Button>
      <Button icon={<LayoutTemplate aria-hidden />} onClick={() => navigate('/templates')}>
        {t('nav.templates')}
      </Button>
      <Button look="primary" icon={<Plus aria-hidden />} onClick={() => navigate('/scenarios/new')}>
        {t('scenarios.new')}
      </Button>
    </>
  );
}

/** The scenarios of the team. */
export function Scenarios() {
  const { t } = useText();
  const mayEdit = useMay()('scenario.edit');
  const list = useScenarios();
  const modules = useModules();
  const [parameters] = useParameters();
  const [importing, setImporting] = useState<File | true>();
  const drop = useDrop(mayEdit, setImporting);
  const text = useDeferredValue(parameters.get('q') ?? '');
  const wish = { place: placeOf(parameters), order: orderOf(parameters), text };
  return (
    <div className={drop.over ? 'drop-here' : undefined} {...drop.handlers}>
      <Page title={t('nav.scenarios')} actions={mayEdit && <Actions onImport={() => setImporting(true)} />}>
        {list.error && <ProblemBox error={list.error} retry={() => void list.refetch()} />}
        {list.isPending && <Loading />}
        {list.isSuccess && list.items.length === 0 && <FirstSteps onImport={() => setImporting(true)} />}
        {list.items.length > 0 && (
          <Shelf
            all={list.items}
            shown={arrange(list.items, wish, modules.app)}
            folders={foldersOf(list.items)}
            wish={wish}
          />
        )}
        {list.items.length === 1 && !list.hasNextPage && <FirstSteps beside onImport={() => setImporting(true)} />}
        {list.items.length >= most && <p className="note warn">{t('scenarios.too-many', { n: most })}</p>}
        {importing && (
          <ImportPanel file={importing === true ? undefined : importing} onClose={() => setImporting(undefined)} />
        )}
      </Page>
      {drop.over && <p className="drop-note">{t('scenarios.drop')}</p>}
    </div>
  );
}
