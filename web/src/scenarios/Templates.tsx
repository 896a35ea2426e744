import { Loading, Page } from '../parts/basics';
import { useText } from '../text/text';

export function Templates() {
  const { t } = useText();
  return (
    <Page title={t('nav.templates')}>
      <Loading />
    </Page>
  );
}
