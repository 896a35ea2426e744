import { Loading, Page } from '../parts/basics';

export function Connections() {
  return (
    <Page title="Connections">
      <Loading />
    </Page>
  );
}

export function Webhooks() {
  return (
    <Page title="Webhooks">
      <Loading />
    </Page>
  );
}

export function WebhookPage() {
  return (
    <Page title="WebhookPage">
      <Loading />
    </Page>
  );
}

export function DataStores() {
  return (
    <Page title="DataStores">
      <Loading />
    </Page>
  );
}

export function DataStorePage() {
  return (
    <Page title="DataStorePage">
      <Loading />
    </Page>
  );
}
