import { Loading, Page } from '../parts/basics';

export function Organization() {
  return (
    <Page title="Organization">
      <Loading />
    </Page>
  );
}

export function Audit() {
  return (
    <Page title="Audit">
      <Loading />
    </Page>
  );
}

export function Server() {
  return (
    <Page title="Server">
      <Loading />
    </Page>
  );
}

export function Account() {
  return (
    <Page title="Account">
      <Loading />
    </Page>
  );
}
