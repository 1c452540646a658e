import { expect, test } from 'vitest'
import { enter, namespaceRunner } from './namespace.ts'
import { RunError } from './run-error.ts'
import { replayRunner } from './replay.ts'

test('the words of a command follow nsenter untouched', () => {
  expect(enter({ pid: 42, namespaces: ['net', 'uts'] }, ['ip', '-json', 'route'])).toEqual([
    'nsenter',
    '--target=42',
    '--net',
    '--uts',
    '--',
    'ip',
    '-json',
    'route',
  ])
})

test.each([
  { exit: 127, stderr: 'nsenter: failed to execute ipset: No such file or directory\n', code: 'not-found' },
  { exit: 1, stderr: 'nsenter: cannot open /proc/42/ns/net: No such file or directory\n', code: 'failed' },
  {
    exit: 1,
    stderr: "nsenter: reassociate to namespace 'ns/net' failed: Operation not permitted\n",
    code: 'not-allowed',
  },
])('nsenter exiting $exit with its own complaint is $code', async ({ exit, stderr, code }) => {
  const runner = namespaceRunner(
    replayRunner('tape', () => ({ exit, stdout: '', stderr })),
    {
      pid: 42,
      namespaces: ['net'],
    },
  )
  const error = await runner.run(['ipset', 'save']).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(RunError)
  expect((error as RunError).failure).toMatchObject({ code, argv: ['ipset', 'save'] })
})

test('a command of its own that fails is a value', async () => {
  const said = { exit: 1, stdout: '', stderr: 'iptables-save: nothing\n' }
  const runner = namespaceRunner(
    replayRunner('tape', () => said),
    { pid: 42, namespaces: ['net'] },
  )
  expect(await runner.run(['iptables-save'])).toEqual(said)
})
