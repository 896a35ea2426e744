import { Signpost } from 'lucide-react';
import { Empty, Page } from '../parts/basics';
import { useText } from '../text/text';
import { Link } from './router';

export function NotFound() {
  const { t } = useText();
  return (
    <Page title={t('not-found.title')}>
      <Empty icon={<Signpost />} title={t('not-found.lead')}>
        <Link className="button primary" href="/scenarios">
          {t('not-found.home')}
        </Link>
      </Empty>
    </Page>
  );
}
