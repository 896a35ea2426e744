import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

const binary = process.env.ROPEWAY ?? resolve(import.meta.dirname, '../../../bin/ropeway');

/** A real server with its sandbox, in a data directory of its own. */
export class Server {
  url = '';
  /** Proves that whoever makes the first user runs the server. */
  secret = '';
  sandbox = '';
  private process: ChildProcess | undefined;
  private readonly said: string[] = [];

  private constructor(
    readonly data: string,
    private readonly flags: string[],
  ) {}

  static async start(...flags: string[]): Promise<Server> {
    const server = new Server(await mkdtemp(join(tmpdir(), 'ropeway-web-')), flags);
    await server.run();
    return server;
  }

  /** Starts the process: at the address that it had, where it ran before. */
  async run(): Promise<void> {
    const at = this.url ? new URL(this.url).host : '127.0.0.1:0';
    const child = spawn(binary, ['serve', '--sandbox', '--data', this.data, '--addr', at, ...this.flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process = child;
    child.stderr.on('data', (text: Buffer) => this.said.push(text.toString()));
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => this.said.push(line + '\n'));
    const listening = this.wait(child, lines, /^listening on (\S+)/);
    const secret = this.wait(child, lines, /setup#(\S+)/);
    const sandbox = this.wait(child, lines, /sandbox listens on (\S+);/);
    secret.catch(() => undefined); // a server that has a user prints none
    this.url = await listening;
    this.sandbox = await sandbox;
    const setup = (await (await fetch(`${this.url}/api/v1/setup`)).json()) as { needed: boolean };
    if (setup.needed) this.secret = await secret;
  }

  /** Waits for what the process prints, and takes a part of it. */
  private async wait(child: ChildProcess, lines: Interface, pattern: RegExp): Promise<string> {
    return new Promise((found, failed) => {
      child.once('exit', (code) => failed(new Error(`the server ended with ${String(code)}: ${this.log()}`)));
      lines.on('line', (line) => {
        const part = pattern.exec(line)?.[1];
        if (part) found(part);
      });
    });
  }

  /** Ends the process at once, as a power cut would. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await gone;
  }

  async close(): Promise<void> {
    await this.kill('SIGTERM');
    await rm(this.data, { recursive: true, force: true });
  }

  log(): string {
    return this.said.join('');
  }
}
