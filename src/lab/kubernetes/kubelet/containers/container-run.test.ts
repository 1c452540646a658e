import { PassThrough, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import type { SandboxProcess } from '../../../sandbox.ts'
import { systemClock } from '../../clock.ts'
import { ContainerRun } from './container-run.ts'

/** A program that prints what it is told to, and ends with its output. */
function program(): {
  readonly stdout: PassThrough
  readonly process: SandboxProcess
  readonly signals: string[]
} {
  const stdout = new PassThrough()
  const signals: string[] = []
  return {
    stdout,
    signals,
    process: {
      stdin: new PassThrough(),
      stdout,
      stderr: new PassThrough(),
      exit: new Promise((resolve) => stdout.once('end', () => resolve(0))),
      resize: () => undefined,
      signal: (name) => signals.push(name),
    },
  }
}

/** A client that takes nothing until it is told to. */
function slowClient(): {
  readonly output: Writable
  readonly take: () => void
  readonly taken: () => number
} {
  let taken = 0
  let go: () => void = () => undefined
  const output = new Writable({
    highWaterMark: 1000,
    write: (chunk: Buffer, _encoding, done) => {
      taken += chunk.length
      go = done
    },
  })
  return { output, take: () => go(), taken: () => taken }
}

const attached = (stdout: Writable) => ({ stdout, stderr: new PassThrough(), end: () => undefined })

test('a program waits for the slowest of those who are attached, and goes on when that one has gone', async () => {
  const { stdout, process } = program()
  const run = new ContainerRun(process, systemClock)
  const fast = new PassThrough()
  fast.resume()
  const slow = slowClient()
  run.attach(attached(fast))
  const detach = run.attach(attached(slow.output))
  stdout.write(Buffer.alloc(2000))
  await expect.poll(() => stdout.isPaused()).toBe(true)
  slow.take()
  await expect.poll(() => stdout.isPaused()).toBe(false)
  stdout.write(Buffer.alloc(2000))
  await expect.poll(() => stdout.isPaused()).toBe(true)
  detach()
  expect(stdout.isPaused()).toBe(false)
  stdout.end()
  expect(await run.exit).toBe(0)
})

test('a container that is killed ends, whoever holds up its output', async () => {
  const { stdout, process, signals } = program()
  const run = new ContainerRun(process, systemClock)
  run.attach(attached(slowClient().output))
  stdout.write(Buffer.alloc(2000))
  await expect.poll(() => stdout.isPaused()).toBe(true)
  stdout.end(Buffer.alloc(2000))
  run.kill()
  expect(await run.exit).toBe(0)
  expect(signals).toEqual(['SIGKILL'])
})
