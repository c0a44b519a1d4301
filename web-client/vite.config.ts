import react from '@vitejs/plugin-react'
import { readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { defineConfig, type Plugin, type ProxyOptions } from 'vite'

const SERVER = process.env.CHOWDA_DEV_SERVER ?? 'http://127.0.0.1:8000'
const COMPRESSED = /\.(js|css|html|svg)$/

/** Beside each text file what the server sends in its place: FILE.br and FILE.gz. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle({ dir = '' }, bundle) {
      const names = Object.keys(bundle).filter((name) => COMPRESSED.test(name))
      await Promise.all(
        names.map(async (name) => {
          const path = join(dir, name)
          const source = await readFile(path)
          const quality = source.length > 300_000 ? 4 : 9 // GraphiQL's editor would take half a minute
          const params = { [constants.BROTLI_PARAM_QUALITY]: quality }
          await Promise.all([
            promisify(brotliCompress)(source, { params }).then((data) => writeFile(`${path}.br`, data)),
            promisify(gzip)(source, { level: 9 }).then((data) => writeFile(`${path}.gz`, data)),
          ])
        }),
      )
    },
  }
}

/** To the API, as one of its own pages: it refuses those of other origins. */
function toServer(more: ProxyOptions = {}): ProxyOptions {
  return { target: SERVER, headers: { origin: SERVER }, changeOrigin: true, ...more }
}

function asksForPage(request: IncomingMessage): boolean {
  return request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
}

export default defineConfig({
  plugins: [react(), compressed()],
  server: {
    proxy: {
      '^/graphql': toServer({
        ws: true,
        bypass: (request) => (asksForPage(request) ? '/playground.html' : undefined),
      }),
      '^/(mmif|mmif\\.zip|media-files/import|healthz|readyz)([/?].*)?$': toServer(),
      '^/(batch-runs|batches)/[^/]+/mmif\\.zip': toServer(),
    },
  },
  build: {
    outDir: '../chowda/web',
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0, // the Content-Security-Policy knows no data: addresses
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000, // GraphiQL's editor
    rolldownOptions: {
      checks: { bundlerTimings: false },
      input: ['index.html', 'playground.html'],
      onLog: (level, log, tell) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log) // of GraphiQL, for a compiler that is not used
      },
    },
  },
  worker: { format: 'es' },
})
