import react from '@vitejs/plugin-react'
import { readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { defineConfig, type Plugin, type ProxyOptions } from 'vite'

const SERVER = process.env.CHOWDA_DEV_SERVER ?? 'http://127.0.0.1:8000'
const COMPRESSED = /\.(js|css|html|svg)$/

/** Writes a compressed copy of each text file, FILE.br and FILE.gz, for the server to send. */
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
          const quality = source.length > 300_000 ? 4 : 9 // quality 9 takes half a minute for GraphiQL's editor
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

/** Proxies to the API. It sets the API's origin, because the API refuses other origins. */
function toServer(more: ProxyOptions = {}): ProxyOptions {
  return { target: SERVER, headers: { origin: SERVER }, changeOrigin: true, ...more }
}

function acceptsHtml(request: IncomingMessage): boolean {
  return request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
}

export default defineConfig({
  plugins: [react(), compressed()],
  server: {
    proxy: {
      '^/graphql': toServer({
        ws: true,
        bypass: (request) => (acceptsHtml(request) ? '/playground.html' : undefined),
      }),
      '^/(mmif|mmif\\.zip|media-files/import|healthz|readyz)([/?].*)?$': toServer(),
      '^/(batch-runs|batches)/[^/]+/mmif\\.zip': toServer(),
    },
  },
  build: {
    outDir: '../chowda/web',
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: URLs
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000, // GraphiQL's editor
    rolldownOptions: {
      checks: { bundlerTimings: false },
      input: ['index.html', 'playground.html'],
      onLog: (level, log, defaultHandler) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') defaultHandler(level, log) // GraphiQL has directives for a compiler that is not used
      },
    },
  },
  worker: { format: 'es' },
})
