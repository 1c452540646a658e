import { spawn } from 'node:child_process'

/** A person's terminal with a program in it: real, so that the program asks no questions about pipes. */
export interface Terminal {
  /** All that was shown, without the terminal's control sequences. */
  readonly shown: () => string
  /** Types it, as at a keyboard. */
  type(text: string): void
  /** Waits until what is shown since `from` (an offset into `shown`) matches. */
  until(pattern: RegExp, from?: number): Promise<string>
  /** Types a line at the prompt and waits for the next prompt; gives what was shown between, without the echo. */
  command(line: string): Promise<string>
  /** Leaves every shell; gives the exit status of the last. */
  close(): Promise<number>
  /** The exit status, once the program has ended. */
  readonly ended: Promise<number>
  /** What a window that is closed does. */
  hangUp(): Promise<number>
}

/** Ends a line with nothing behind it: on the bastion `[root@ip-192-168-1-100 ~]# `, on a node `[ec2-user@… ~]$ `. */
export const prompt = /(?:^|\n)\[(?:root|ec2-user)@[\w-]+ ~\][#$] $/

/** Longer than anything in a lab takes on a busy machine, in milliseconds. */
const patience = 30_000
const interrupt = '\u0003'
export const ctrlC = interrupt

/** `place`: words that run another command in the place where the terminal shall be, in place of here. */
export function openTerminal(
  argv: readonly string[],
  size: { readonly rows: number; readonly columns: number } = { rows: 50, columns: 400 },
  place: readonly string[] = [],
): Terminal {
  const quoted = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  const [program = '', ...words] = [
    ...place,
    // No colours and no cursor movement: what is shown is what was written.
    ...['env', 'TERM=dumb', 'SHELL=/bin/sh'],
    ...['script', '-qefc', `stty cols ${size.columns} rows ${size.rows}; exec ${quoted}`, '/dev/null'],
  ]
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  let raw = ''
  let ended: number | undefined
  const listeners = new Set<() => void>()
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  child.stdin.on('error', () => undefined)
  child.stdout.on('data', (chunk: Buffer) => {
    raw += chunk.toString('utf8')
    tell()
  })
  const exit = new Promise<number>((resolve) =>
    child.once('close', (code) => {
      ended = code ?? -1
      tell()
      resolve(ended)
    }),
  )
  const shown = (): string => raw.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '').replaceAll('\r', '')
  const until = (pattern: RegExp, from = 0): Promise<string> =>
    new Promise((resolve, reject) => {
      const done = (): void => {
        listeners.delete(look)
        clearTimeout(timer)
      }
      const look = (): void => {
        const text = shown().slice(from)
        if (pattern.test(text)) {
          done()
          resolve(text)
        } else if (ended !== undefined) {
          done()
          reject(new Error(`the terminal ended (${ended}) before ${pattern} was shown:\n${text}`))
        }
      }
      const timer = setTimeout(() => {
        listeners.delete(look)
        reject(new Error(`${pattern} was not shown within ${patience} ms:\n${shown().slice(from)}`))
      }, patience)
      listeners.add(look)
      look()
    })
  return {
    shown,
    until,
    ended: exit,
    type: (text) => void child.stdin.write(text),
    async command(line) {
      const from = shown().length
      child.stdin.write(`${line}\n`)
      const text = await until(prompt, from)
      const answer = text.slice(text.indexOf('\n') + 1).replace(prompt, '')
      return answer === '' ? '' : `${answer}\n`
    },
    hangUp() {
      // script(1) does not hear SIGHUP; with its end the terminal is gone, as a window's is.
      child.kill('SIGKILL')
      return exit
    },
    async close() {
      // From a node to the bastion, and from there out; what is typed before a shell asks, ssh swallows.
      while (ended === undefined) {
        const from = shown().length
        child.stdin.write('exit\n')
        await Promise.race([exit, until(prompt, from).catch(() => undefined)])
      }
      return exit
    },
  }
}
