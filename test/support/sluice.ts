import net from 'node:net';

/** A way to a TCP server that can be closed: what stood behind it is then away, as when a cable is pulled. */
export class Sluice {
  private readonly sockets = new Set<net.Socket>();
  private readonly server: net.Server;
  private isOpen = true;

  private constructor(private readonly target: { readonly host: string; readonly port: number }) {
    this.server = net.createServer((socket) => this.join(socket));
  }

  static async to(host: string, port: number): Promise<Sluice> {
    const sluice = new Sluice({ host, port });
    await new Promise<void>((resolve) => sluice.server.listen(0, '127.0.0.1', resolve));
    return sluice;
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  /** Cuts every connection and lets none through. */
  shut(): void {
    this.isOpen = false;
    this.cut();
  }

  open(): void {
    this.isOpen = true;
  }

  /** Cuts every connection; new ones go through. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(near: net.Socket): void {
    if (!this.isOpen) {
      near.destroy();
      return;
    }
    const far = net.connect(this.target.port, this.target.host);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.pipe(other);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }
}
