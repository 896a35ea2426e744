import { Loading, Page } from '../parts/basics';

export function ScenarioPage() {
  return (
    <Page title="ScenarioPage">
      <Loading />
    </Page>
  );
}
