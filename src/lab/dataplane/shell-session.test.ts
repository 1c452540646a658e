import { afterEach, describe, expect, test } from 'vitest'
import { openShell, type ShellSession } from './shell-session.ts'

/** What a guest has put in a program's place says what it likes, for as long as it likes. */

let shell: ShellSession
afterEach(() => {
  shell.close()
})
const open = (): ShellSession => {
  shell = openShell('here', ['sh'], () => ['sh'])
  return shell
}

describe('a shell that runs scripts one after the other', () => {
  test('tells what each said and how it ended', async () => {
    open()
    expect(await Promise.all([shell.run('echo one'), shell.run('echo two >&2; exit 3')])).toEqual([
      { exit: 0, output: 'one\n' },
      { exit: 3, output: 'two\n' },
    ])
  })

  test('hands on a long answer whole, however it arrives', async () => {
    open()
    const { output } = await shell.run(
      "head -c 3000000 /dev/zero | tr '\\0' a; printf '\\303'; sleep 0.2; printf '\\251'; exec sleep 0.1",
    )
    expect(output).toBe(`${'a'.repeat(3_000_000)}é`)
  })

  test.each([
    { because: 'one line without an end', script: "tr '\\0' a </dev/zero" },
    { because: 'lines without an end', script: 'yes' },
    { because: 'lines that begin as the last one does', script: 'yes podpath-' },
  ])(
    'gives up one that says $because, and runs the next in another',
    async ({ script }) => {
      open()
      const before = process.memoryUsage().rss
      const [endless, behind] = await Promise.allSettled([shell.run(script), shell.run('echo behind')])
      const why = 'here: a script said more than 16777216 characters'
      expect(endless).toMatchObject({ status: 'rejected', reason: { message: why } })
      expect(behind).toMatchObject({ status: 'rejected', reason: { message: why } })
      expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
      expect(await shell.run('echo next')).toEqual({ exit: 0, output: 'next\n' })
    },
    20_000,
  )
})
