export { Apps } from './Apps';
export { AppPage } from './AppPage';
