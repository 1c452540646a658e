import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import tar from 'tar-stream'
import { afterAll, expect } from 'vitest'
import type { BundleError } from '../bundle.ts'
import { openRecorded } from '../open.ts'

/** Two nodes of the lab, by the collector's own commands: test/archive/collect.sh. The first has ipamd's checkpoint. */
export const fixture = (n: number): string =>
  fileURLToPath(new URL(`fixtures/eks_i-000000000000000${n}_0.7.9.tar.gz`, import.meta.url))

export const scratch = mkdtempSync(join(tmpdir(), 'podpath-archive-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

export interface Entry {
  readonly name: string
  readonly text?: string
  readonly type?: 'symlink' | 'fifo' | 'directory' | 'link'
}

/** A gzipped tar of these, links and devices among them. */
export async function gzippedTar(
  entries: readonly { readonly name: string; readonly text?: string; readonly type?: tar.Header['type'] }[],
): Promise<Buffer> {
  const pack = tar.pack()
  for (const { name, text = '', type } of entries)
    pack.entry({ name, ...(type ? { type, linkname: '/etc/passwd' } : {}) }, type ? '' : text)
  pack.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of pack) chunks.push(chunk as Buffer)
  return gzipSync(Buffer.concat(chunks))
}

/** Text that does not shrink much. */
export function randomText(length: number): string {
  let state = 1
  let text = ''
  while (text.length < length) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    text += state.toString(36)
  }
  return text
}

let made = 0
export async function archive(
  entries: readonly Entry[],
  change: (packed: Buffer) => Buffer = (b) => b,
): Promise<string> {
  const path = join(scratch, `eks_i-0123456789abcdef${++made}.tar.gz`)
  writeFileSync(path, change(await gzippedTar(entries)))
  return path
}

export const routes: Entry = { name: './networking/iproute.txt', text: 'default via 10.0.0.1 dev eth0 \n' }

export const complaint = async (...paths: readonly string[]): Promise<BundleError> =>
  openRecorded(paths).then(
    () => expect.fail('it was read'),
    (error: unknown) => error as BundleError,
  )
