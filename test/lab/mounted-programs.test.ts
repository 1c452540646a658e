import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { checkout } from './podpath.ts'

/**
 * A container often has a program of its host's mounted into /usr/bin (a volume, the tools of a GPU). A lab starts there all
 * the same, and its nodes have their own commands. Needs root, who may mount.
 */

const runtime = mkdtempSync('/tmp/podpath-test-')
afterAll(() => {
  rmSync(runtime, { recursive: true, force: true })
})

const script = `
mount --bind "$RUNTIME/program" /usr/bin/nl
podpath() { "$NODE" bin/podpath.js "$@"; }
podpath lab up --name mounted --incomplete
trap 'podpath lab down --name mounted' EXIT
podpath lab shell --name mounted -- bash -c 'ssh ec2-user@$N1 sudo crictl pods'
podpath lab shell --name mounted -- bash -c 'ssh ec2-user@$N1 nl'
`

test('a lab starts where a file is mounted into /usr/bin', async () => {
  writeFileSync(join(runtime, 'program'), '#!/bin/sh\necho mounted\n', { mode: 0o755 })
  const { stdout } = await promisify(execFile)(
    'unshare',
    ['--mount', '--propagation', 'private', 'bash', '-euc', script],
    {
      cwd: checkout,
      env: { ...process.env, RUNTIME: runtime, NODE: process.execPath, PODPATH_RUNTIME_DIR: runtime },
    },
  )
  expect(stdout).toContain('netshoot-pod')
  expect(stdout).toMatch(/^mounted$/m)
}, 60_000)
