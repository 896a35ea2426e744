import { Search } from 'lucide-react';
import { Bell } from '../runs/Bell';
import { useText } from '../text/text';

/** What stands beside the name of the product: at the head of the sidebar, and of the page on a phone. */
export function HeadTools({ search }: { search: () => void }) {
  const { t } = useText();
  return (
    <div className="head-tools">
      <Bell />
      <button
        type="button"
        className="icon-button"
        aria-label={t('nav.search')}
        title={t('nav.search.title')}
        onClick={search}
      >
        <Search aria-hidden />
      </button>
    </div>
  );
}
