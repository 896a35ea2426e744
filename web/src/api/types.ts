import type { components } from './schema';

type Schemas = components['schemas'];

export type App = Schemas['App'];
export type Checked = Schemas['Checked'];
export type Connection = Schemas['Connection'];
export type ConnectionType = Schemas['ConnectionType'];
export type CreatedScenario = Schemas['CreatedScenario'];
export type CreatedToken = Schemas['CreatedToken'];
export type DataStore = Schemas['DataStore'];
export type Decision = Schemas['Decision'];
export type Execution = Schemas['Execution'];
export type ExecutionDetail = Schemas['ExecutionDetail'];
export type Failure = Schemas['Failure'];
export type FaultProblem = Schemas['FaultProblem'];
export type Field = Schemas['Field'];
export type Incomplete = Schemas['Incomplete'];
export type Invited = Schemas['Invited'];
export type Learning = Schemas['Learning'];
export type Me = Schemas['Me'];
export type Module = Schemas['Module'];
export type ModuleName = Schemas['ModuleName'];
export type ModuleProgress = Schemas['ModuleProgress'];
export type NewAddress = Schemas['NewAddress'];
export type Notice = Schemas['Notice'];
export type Operation = Schemas['Operation'];
export type Problem = Schemas['Problem'];
export type Progress = Schemas['Progress'];
export type Provider = Schemas['Provider'];
export type QueueItem = Schemas['QueueItem'];
export type Scenario = Schemas['Scenario'];
export type Session = Schemas['Session'];
export type Started = Schemas['Started'];
export type StoreRecord = Schemas['Record'];
export type Team = Schemas['Team'];
export type Template = Schemas['Template'];
export type TemplateChoice = Schemas['Choice'];
export type Tested = Schemas['Tested'];
export type Token = Schemas['Token'];
export type Use = Schemas['Use'];
export type User = Schemas['User'];
export type Version = Schemas['Version'];
export type Webhook = Schemas['Webhook'];

/** One page of a listing; next leads to the page behind it. */
export interface Page<T> {
  items: T[];
  next?: string;
}
export type Words = Schemas['Words'];
