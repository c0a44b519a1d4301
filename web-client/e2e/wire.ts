/** What lies between a browser and its Chowda: it can be cut, fall silent, and meddle as proxies do. */
import { createServer, connect, type Server, type Socket } from 'node:net'

/** Of a body in chunks. */
const END = '\r\n0\r\n\r\n'

export class Wire {
  /** WebSockets are refused. */
  refusesWebSockets = false
  /** An answer in parts goes on only when it is whole. */
  holdsStreams = false
  readonly #target: URL
  readonly #server: Server
  readonly #pairs = new Set<[Socket, Socket]>()
  #port = 0

  private constructor(target: URL) {
    this.#target = target
    this.#server = createServer((client) => this.#join(client))
  }

  static async to(url: string): Promise<Wire> {
    const wire = new Wire(new URL(url))
    await wire.mend()
    return wire
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Connections break, and new ones are refused. */
  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const [client, server] of this.#pairs) {
      client.destroy()
      server.destroy()
    }
    await closed
  }

  async mend(): Promise<void> {
    await new Promise<void>((listening) => this.#server.listen(this.#port, '127.0.0.1', listening))
    const address = this.#server.address()
    if (address !== null && typeof address !== 'string') this.#port = address.port
  }

  /** Nothing comes through any more, and nobody is told. */
  fallSilent(): void {
    for (const [client, server] of this.#pairs) {
      client.removeAllListeners('data').resume()
      server.removeAllListeners('data').resume()
    }
  }

  #join(client: Socket): void {
    client.once('data', (first) => {
      const asked = first.toString('latin1')
      if (this.refusesWebSockets && /^upgrade: websocket/im.test(asked)) {
        client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
        return
      }
      const server = connect(Number(this.#target.port), this.#target.hostname)
      const pair: [Socket, Socket] = [client, server]
      this.#pairs.add(pair)
      const part = () => {
        this.#pairs.delete(pair)
        client.destroy()
        server.destroy()
      }
      for (const socket of pair) socket.on('close', part).on('error', part)
      let held: Buffer | null = null
      const ask = (chunk: Buffer) => {
        if (this.holdsStreams && chunk.toString('latin1').includes('subscriptionSpec')) held = Buffer.alloc(0)
        server.write(chunk)
      }
      ask(first)
      client.on('data', ask)
      server.on('data', (chunk) => {
        if (held === null) {
          client.write(chunk)
          return
        }
        held = Buffer.concat([held, chunk])
        if (held.toString('latin1', held.length - END.length) !== END) return
        client.write(held)
        held = null
      })
    })
    client.on('error', () => client.destroy())
  }
}
