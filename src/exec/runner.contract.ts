import { describe, expect, test } from 'vitest'
import { collect } from './collect.ts'
import { RunError } from './run-error.ts'
import type { Argv, Runner } from './runner.ts'

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'no error'
  } catch (error) {
    if (error instanceof RunError) return error.failure.code
    throw error
  }
}

export interface RunnerPromises {
  /** Some container runtimes report a program that is not there as a command that exited 127. */
  readonly missingProgram: 'error' | 'exit-status'
}

/** Every runner must pass this; a new one adds one line to its own test. The machine beneath is a POSIX one. */
export const runnerContract = (
  name: string,
  make: () => Runner | Promise<Runner>,
  promises: RunnerPromises = { missingProgram: 'error' },
): void => {
  describe(`${name} keeps the runner's promises`, () => {
    test.each<{ argv: Argv; input?: string; exit: number; stdout: string; stderr: string; because: string }>([
      {
        argv: ['printf', '%s', 'a b'],
        exit: 0,
        stdout: 'a b',
        stderr: '',
        because: 'a word with a space is one word',
      },
      {
        argv: ['printf', '%s|', '$HOME', '`id`', "it's", '*', '', 'a\nb', '--', '파드'],
        exit: 0,
        stdout: "$HOME|`id`|it's|*||a\nb|--|파드|",
        stderr: '',
        because: 'no shell reads the words on the way',
      },
      {
        argv: ['sh', '-c', 'exit 7'],
        exit: 7,
        stdout: '',
        stderr: '',
        because: 'a non-zero exit is a value',
      },
      {
        argv: ['sh', '-c', 'echo out; echo err >&2'],
        exit: 0,
        stdout: 'out\n',
        stderr: 'err\n',
        because: 'the two outputs stay apart',
      },
      { argv: ['cat'], exit: 0, stdout: '', stderr: '', because: 'absent input is an empty one' },
      {
        argv: ['cat'],
        input: 'in\n',
        exit: 0,
        stdout: 'in\n',
        stderr: '',
        because: 'input reaches the command and ends',
      },
      {
        argv: ['true'],
        input: 'x'.repeat(300_000),
        exit: 0,
        stdout: '',
        stderr: '',
        because: 'a command may leave its input unread',
      },
    ])('$argv: $because', async ({ argv, input, exit, stdout, stderr }) => {
      const runner = await make()
      expect(await runner.run(argv, input === undefined ? {} : { input })).toEqual({ exit, stdout, stderr })
    })

    test('every octet comes back as it was', async () => {
      const octets = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7) & 255)
      const said = await collect(await make(), ['cat'], { input: octets })
      expect(Buffer.compare(said.stdout, octets)).toBe(0)
    })

    test('a command may have more words than a URL has room for', async () => {
      const words = Array.from({ length: 1_000 }, (_, i) => `192.168.${i >> 8}.${i & 255}`)
      const runner = await make()
      expect((await runner.run(['printf', '%s\n', ...words])).stdout).toBe(`${words.join('\n')}\n`)
      const read = await runner.run(['sh', '-c', 'cat; echo "$#"', ...words], { input: 'its own input\n' })
      expect(read.stdout).toBe('its own input\n999\n')
    })

    test('a program that does not exist is `not-found`, and the error can be pasted into a shell', async () => {
      const runner = await make()
      const missing = await runner.run(['no-such-program-here', 'a b']).catch((error: unknown) => error)
      if (promises.missingProgram === 'exit-status') expect(missing).toMatchObject({ exit: 127 })
      else {
        expect(missing).toMatchObject({ failure: { code: 'not-found' } })
        expect((missing as Error).message).toContain("`no-such-program-here 'a b'` not found")
      }
    })

    test('a command that goes on too long is `timeout`', async () => {
      expect(await codeOf((await make()).run(['sleep', '30'], { timeoutMs: 50 }))).toBe('timeout')
    })

    test.each([
      { maxOutput: 100_000, because: 'in the middle of a piece' },
      { maxOutput: 128 * 1024, because: 'where a piece ends' },
    ])('a command that says too much is `too-much`, $because', async ({ maxOutput }) => {
      expect(await codeOf((await make()).run(['yes'], { maxOutput }))).toBe('too-much')
    })

    test('an abort ends it, before and during', async () => {
      const runner = await make()
      expect(await codeOf(runner.run(['sleep', '30'], { signal: AbortSignal.abort() }))).toBe('aborted')
      const controller = new AbortController()
      const going = runner.run(['sleep', '30'], { signal: controller.signal })
      setImmediate(() => controller.abort())
      expect(await codeOf(going)).toBe('aborted')
    })

    test('a started command talks while it runs, and ends when its input does', async () => {
      const running = (await make()).start(['cat'])
      running.stdin.write('one\n')
      const first = await new Promise<string>((resolve) =>
        running.stdout.once('data', (d: Buffer) => resolve(String(d))),
      )
      expect(first).toBe('one\n')
      running.stdout.resume()
      running.stdin.end()
      expect(await running.exit).toBe(0)
    })

    test('stop ends a started command, twice is once', async () => {
      const running = (await make()).start(['sleep', '30'])
      running.stdout.resume()
      running.stderr.resume()
      running.stop()
      running.stop()
      const ended = await running.exit.then(
        () => 'ended',
        (error: unknown) => (error instanceof RunError ? 'ended' : 'broken'),
      )
      expect(ended).toBe('ended')
    })
  })
}
