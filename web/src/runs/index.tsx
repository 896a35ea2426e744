import { Loading, Page } from '../parts/basics';

export function History() {
  return (
    <Page title="History">
      <Loading />
    </Page>
  );
}

export function Compare() {
  return (
    <Page title="Compare">
      <Loading />
    </Page>
  );
}

export function ExecutionPage() {
  return (
    <Page title="ExecutionPage">
      <Loading />
    </Page>
  );
}

export function Incompletes() {
  return (
    <Page title="Incompletes">
      <Loading />
    </Page>
  );
}

export function IncompletePage() {
  return (
    <Page title="IncompletePage">
      <Loading />
    </Page>
  );
}
