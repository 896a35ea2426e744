import { expect } from './test';

export type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;

/** The connection that leads to the sandbox beside the server. */
export const connection = { __IMTCONN__: 'Customerly sandbox' };

/** Removes every connection, as where no sandbox is beside the server. */
export async function disconnect(call: Call) {
  const { items } = await call<{ items: { id: number }[] }>('GET', '/connections');
  for (const { id } of items) await call('DELETE', `/connections/${id}?force=true`);
}

/** A module of a blueprint, drawn in its place. */
export function step(id: number, module: string, more: object = {}) {
  return { id, module, version: 1, parameters: {}, mapper: {}, metadata: { designer: { x: id * 260, y: 0 } }, ...more };
}

/** A call of the sandbox that only writes, and that the sandbox answers as the fault says. */
export function send(id: number, sandbox: string, fault: string, data: string) {
  return step(id, 'http:ActionSendData', {
    version: 3,
    parameters: { handleErrors: true },
    mapper: {
      url: `${sandbox}/users`,
      method: 'post',
      headers: [{ name: 'X-Sandbox-Fault', value: fault }],
      bodyType: 'raw',
      contentType: 'application/json',
      data,
      parseResponse: true,
    },
  });
}

/** Makes a scenario that keeps what cannot be done, unless the settings say otherwise. */
export async function make(call: Call, name: string, flow: object[], settings: object = { dlq: true }) {
  const blueprint = { name, flow, metadata: { version: 1, scenario: settings } };
  const { scenario } = await call<{ scenario: { id: number } }>('POST', '/scenarios', { blueprint });
  return scenario.id;
}

/** Runs a scenario and waits until the execution is over. */
export async function run(call: Call, scenario: number, options: object = {}): Promise<number> {
  const { execution } = await call<{ execution: number }>('POST', `/scenarios/${scenario}/run`, options);
  await expect
    .poll(async () => (await call<{ status: string }>('GET', `/executions/${execution}`)).status)
    .not.toMatch(/queued|running/);
  return execution;
}

interface Asked {
  method: string;
  path: string;
}

/** What the sandbox was asked for so far. */
export async function asked(sandbox: string): Promise<Asked[]> {
  const answer = await fetch(new URL('/admin/requests', sandbox));
  return (await answer.json()) as Asked[];
}
