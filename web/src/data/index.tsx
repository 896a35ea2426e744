export { Connections } from './Connections';
export { DataStorePage } from './DataStorePage';
export { DataStores } from './DataStores';
export { WebhookPage } from './WebhookPage';
export { Webhooks } from './Webhooks';
