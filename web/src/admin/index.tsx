export { Account } from './account/Account';
export { Audit } from './audit/Audit';
export { Organization } from './people/Organization';
export { Server } from './server/Server';
