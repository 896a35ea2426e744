export { ScenarioPage } from './ScenarioPage';
