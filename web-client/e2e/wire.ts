/** A proxy between browser and Chowda. It can cut connections, go silent, refuse WebSockets and buffer streams. */
import { createServer, connect, type Server, type Socket } from 'node:net'

/** The end of a chunked body. */
const END = '\r\n0\r\n\r\n'

export class Wire {
  /** Refuse WebSockets. */
  refusesWebSockets = false
  /** Forward a streamed response only when it is complete. */
  buffersStreams = false
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
    await wire.restore()
    return wire
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Closes all connections and refuses new ones. */
  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const [client, server] of this.#pairs) {
      client.destroy()
      server.destroy()
    }
    await closed
  }

  async restore(): Promise<void> {
    await new Promise<void>((listening) => this.#server.listen(this.#port, '127.0.0.1', listening))
    const address = this.#server.address()
    if (address !== null && typeof address !== 'string') this.#port = address.port
  }

  /** Drops all data but keeps the connections open. */
  goSilent(): void {
    for (const [client, server] of this.#pairs) {
      client.removeAllListeners('data').resume()
      server.removeAllListeners('data').resume()
    }
  }

  #join(client: Socket): void {
    client.once('data', (first) => {
      const request = first.toString('latin1')
      if (this.refusesWebSockets && /^upgrade: websocket/im.test(request)) {
        client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
        return
      }
      const server = connect(Number(this.#target.port), this.#target.hostname)
      const pair: [Socket, Socket] = [client, server]
      this.#pairs.add(pair)
      const close = () => {
        this.#pairs.delete(pair)
        client.destroy()
        server.destroy()
      }
      for (const socket of pair) socket.on('close', close).on('error', close)
      let buffered: Buffer | null = null
      const forward = (chunk: Buffer) => {
        if (this.buffersStreams && chunk.toString('latin1').includes('subscriptionSpec')) buffered = Buffer.alloc(0)
        server.write(chunk)
      }
      forward(first)
      client.on('data', forward)
      server.on('data', (chunk) => {
        if (buffered === null) {
          client.write(chunk)
          return
        }
        buffered = Buffer.concat([buffered, chunk])
        if (buffered.toString('latin1', buffered.length - END.length) !== END) return
        client.write(buffered)
        buffered = null
      })
    })
    client.on('error', () => client.destroy())
  }
}
