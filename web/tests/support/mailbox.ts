import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A mail server that takes every letter and keeps it. It speaks as much of SMTP as a sender needs that is given no password. */
export class Mailbox {
  readonly letters: string[] = [];
  private readonly sockets = new Set<Socket>();
  private constructor(private readonly listener: Server) {}

  static async open(): Promise<Mailbox> {
    const listener = createServer();
    const box = new Mailbox(listener);
    listener.on('connection', (socket) => box.serve(socket));
    await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
    return box;
  }

  /** What a server needs to be told to send its letters here. */
  get flags(): string[] {
    const { port } = this.listener.address() as AddressInfo;
    return [
      '--smtp-host',
      '127.0.0.1',
      '--smtp-port',
      String(port),
      '--smtp-from',
      'ropeway@example.com',
      '--smtp-plain',
    ];
  }

  private serve(socket: Socket) {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let text = '';
    let letter: string | undefined;
    socket.write('220 mailbox\r\n');
    socket.on('data', (data: Buffer) => {
      text += data.toString();
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (letter !== undefined) {
          if (line !== '.') {
            letter += line + '\n';
            continue;
          }
          this.letters.push(letter);
          letter = undefined;
          socket.write('250 taken\r\n');
        } else if (/^DATA/i.test(line)) {
          letter = '';
          socket.write('354 go on\r\n');
        } else if (/^QUIT/i.test(line)) {
          socket.end('221 bye\r\n');
        } else {
          socket.write('250 mailbox\r\n');
        }
      }
    });
  }

  /** The link in the newest letter to an address; undefined while there is none. */
  linkTo(address: string): string | undefined {
    const letter = this.letters.findLast((l) => l.includes(address));
    const plain = letter?.replaceAll('=\n', '').replaceAll('=3D', '=');
    return /https?:\/\/\S+#rwe_\w+/.exec(plain ?? '')?.[0];
  }

  async close() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.listener.close(done));
  }
}
