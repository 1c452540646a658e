import { PassThrough, Readable } from 'node:stream'
import { runToEnd } from './collect.ts'
import { RunError } from './run-error.ts'
import type { Argv, Ran, Runner, Running } from './runner.ts'

/**
 * A machine that only remembers: argv → what a real machine once said. Undefined is a question that is not on
 * the tape, and that is an error which names it.
 */
export function replayRunner(where: string, tape: (argv: Argv) => Ran | undefined): Runner {
  const runner: Runner = {
    where,
    run: (argv, options) => runToEnd(runner, argv, options),
    start: (argv) => {
      const said = tape(argv)
      return said === undefined ? notOnTape(where, argv) : playing(said)
    },
  }
  return runner
}

function playing({ exit, stdout, stderr }: Ran): Running {
  return {
    stdin: new PassThrough().resume(),
    stdout: Readable.from([Buffer.from(stdout)]),
    stderr: Readable.from([Buffer.from(stderr)]),
    exit: Promise.resolve(exit),
    stop: () => undefined,
  }
}

function notOnTape(where: string, argv: Argv): Running {
  const exit = Promise.reject(new RunError({ code: 'not-found', where, argv, output: 'not on this tape' }))
  exit.catch(() => undefined)
  return {
    stdin: new PassThrough().resume(),
    stdout: Readable.from([]),
    stderr: Readable.from([]),
    exit,
    stop: () => undefined,
  }
}
