import { Loading, Page } from '../parts/basics';

export { Connections } from './Connections';
export { DataStorePage } from './DataStorePage';
export { DataStores } from './DataStores';
export { WebhookPage } from './WebhookPage';
export { Webhooks } from './Webhooks';

export function Apps() {
  return (
    <Page title="Apps">
      <Loading />
    </Page>
  );
}

export function AppPage() {
  return (
    <Page title="AppPage">
      <Loading />
    </Page>
  );
}
