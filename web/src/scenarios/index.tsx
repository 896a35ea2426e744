export { Scenarios } from './Scenarios';
export { Templates } from './Templates';
