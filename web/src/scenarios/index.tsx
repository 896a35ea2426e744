import { Loading, Page } from '../parts/basics';

export function Scenarios() {
  return (
    <Page title="Scenarios">
      <Loading />
    </Page>
  );
}

export function Templates() {
  return (
    <Page title="Templates">
      <Loading />
    </Page>
  );
}
