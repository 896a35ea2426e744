export { Compare } from './Compare';
export { ExecutionPage } from './ExecutionPage';
export { History } from './History';
export { IncompletePage } from './IncompletePage';
export { Incompletes } from './Incompletes';
