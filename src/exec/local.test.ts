import { expect, test } from 'vitest'
import { localRunner } from './local.ts'
import { runnerContract } from './runner.contract.ts'

runnerContract('the local runner', () => localRunner())

test('the environment and directory are the ones that were asked for', async () => {
  const runner = localRunner({ cwd: '/', env: { PATH: process.env['PATH'] ?? '', COLOUR: 'blue' } })
  const said = await runner.run(['sh', '-c', 'echo "$COLOUR $PWD"'])
  expect(said.stdout).toBe('blue /\n')
})
