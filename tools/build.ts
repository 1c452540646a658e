/**
 * Builds podpath's programs: `tsx tools/build.ts [DIRECTORY]`, by default into dist/. Each program is one file with the
 * chunks that it shares with others, so that starting it reads a few files and not hundreds: a lab starts five of them.
 * The web page of `podpath ui` goes to DIRECTORY/web. Types are checked by `npm run types`, not here.
 */
import { readdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildWeb } from './build-web.ts'
import { lateLibrary } from './late-library.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const directory = resolve(process.argv[2] ?? join(root, 'dist'))

/** What is started by its path: the command line, and what the lab runs. */
const programs = [
  'cli/start',
  'lab/daemon/main',
  'lab/names/coredns',
  'lab/names/internet',
  'lab/kubernetes/programs/echo-server',
  'lab/node-door/client',
  'lab/namespaces/mount-volumes',
]

const { metafile } = await build({
  metafile: true,
  absWorkingDir: root,
  entryPoints: programs.map((name) => ({ in: `src/${name}.ts`, out: name })),
  outdir: directory,
  chunkNames: 'shared/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  // Modules rather than CommonJS where a package has both: what is not used of them is left out.
  mainFields: ['module', 'main'],
  // Large, and needed only by kubeconfigs with a credential plugin.
  external: ['@kubernetes/client-node'],
  plugins: [lateLibrary('string-width', root)],
  sourcemap: 'linked',
  legalComments: 'external',
  logLevel: 'warning',
  banner: {
    // What is left of CommonJS asks for Node's own modules with `require`.
    js: "import { createRequire as podpathRequire } from 'node:module'; const require = podpathRequire(import.meta.url);",
  },
})

// What an earlier build left. Only now, so that a lab that runs from this directory is never without its programs.
const web = join(directory, 'web')
const built = new Set(Object.keys(metafile.outputs).map((path) => resolve(root, path)))
for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name)
  if (!entry.isDirectory() && !built.has(path) && !path.startsWith(`${web}/`)) rmSync(path)
}

await buildWeb(root, web)
