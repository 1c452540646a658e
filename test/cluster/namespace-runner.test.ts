import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { localRunner } from '../../src/exec/local.ts'
import { namespaceRunner } from '../../src/exec/namespace.ts'
import { runnerContract } from '../../src/exec/runner.contract.ts'

let inside: ChildProcess

beforeAll(async () => {
  inside = spawn('unshare', ['-n', '-u', 'sh', '-c', 'hostname inside; echo ready; read _'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => inside.stdout?.once('data', resolve))
})
afterAll(() => {
  inside.stdin?.end()
})

const runner = () => namespaceRunner(localRunner(), { pid: inside.pid!, namespaces: ['net', 'uts'] })

runnerContract('the namespace runner', runner)

test('commands see the namespace, not the machine', async () => {
  expect((await runner().run(['hostname'])).stdout).toBe('inside\n')
  const links = JSON.parse((await runner().run(['ip', '-json', 'link', 'show'])).stdout) as unknown[]
  expect(links).toHaveLength(1)
})
