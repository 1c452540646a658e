import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { StringDecoder } from 'node:string_decoder'
import { renderScript, type Act } from './act.ts'

/** What a session's shell said to one script. */
export interface ScriptResult {
  readonly exit: number
  readonly output: string
}

/**
 * One long-lived shell inside a set of namespaces, fed scripts one after the other: a process for each `ip -batch`,
 * not one for each `nsenter` as well.
 */
export interface ShellSession {
  readonly where: string
  /** Of the shell that is open now, or is opened for this. */
  readonly pid: number
  /** Of the shell that is open now; null: none is, until somebody needs one. */
  readonly openPid: number | null
  run(script: string): Promise<ScriptResult>
  /** Runs the acts; rejects with the failing script's last words. */
  apply(acts: readonly Act[]): Promise<void>
  close(): void
}

export type Words = readonly [string, ...string[]]

/** Milliseconds for one script; the longest, a node's rules, takes some hundreds. */
const patience = 60_000

/** Characters that a script may say; the longest answer, a node's rules, has some hundred thousand. */
const mostSaid = 16 * 1024 * 1024

/**
 * Opens a shell. One that ends by itself, or does not end a script in time, takes the scripts with it that it was
 * given; the next one is run by another shell, opened with the words of `again`. Null: there is nothing to open one in.
 */
export function openShell(where: string, argv: Words, again: () => Words | null = () => null): ShellSession {
  let closed = false
  let shell = new Shell(where, argv)

  const open = (): Shell => {
    if (shell.ended === null || closed) return shell
    const words = again()
    if (words !== null) shell = new Shell(where, words)
    return shell
  }
  const run = (script: string): Promise<ScriptResult> => open().run(script)

  return {
    where,
    get pid() {
      return open().pid
    },
    get openPid() {
      return shell.ended === null ? shell.pid : null
    },
    run,
    async apply(acts) {
      if (acts.length === 0) return
      const script = renderScript(acts)
      const result = await run(script)
      if (result.exit !== 0)
        throw new Error(
          `${where}: ${acts.map((act) => act.why).join('; ')}: exited ${result.exit}: ${result.output.trim().slice(-2000)}`,
        )
    },
    close() {
      closed = true
      shell.close()
    },
  }
}

/** One process, from its start to its end. */
class Shell {
  readonly #child: ChildProcess
  readonly #where: string
  readonly #marker = `podpath-${randomBytes(8).toString('hex')}`
  readonly #waiting: {
    readonly resolve: (result: ScriptResult) => void
    readonly reject: (error: Error) => void
  }[] = []
  /** Of the script that runs. */
  #timer: NodeJS.Timeout | undefined
  /** What the script that runs has said, in pieces: of a long answer the whole is put together once. */
  #said: string[] = []
  #length = 0
  readonly #decoder = new StringDecoder('utf8')
  #complaints = ''
  #ended: Error | null = null

  constructor(where: string, [program, ...args]: Words) {
    this.#where = where
    const child: ChildProcess = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child = child
    child.stdout?.on('data', (chunk: Buffer) => this.#read(chunk))
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString('utf8')).slice(-4096)
    })
    child.stdin?.on('error', (error) => this.#end(`the shell closed its input: ${error.message}`))
    child.on('error', (error) => this.#end(`the shell did not start: ${error.message}`))
    child.on('exit', (code, signal) =>
      this.#end(`the shell ended (${signal ?? code ?? '?'}): ${this.#complaints.trim() || 'no message'}`),
    )
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }
  /** Why it runs nothing any more. */
  get ended(): Error | null {
    return this.#ended
  }

  run(script: string): Promise<ScriptResult> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(this.#ended)
        return
      }
      this.#waiting.push({ resolve, reject })
      if (this.#waiting.length === 1) this.#beginWaiting()
      this.#child.stdin?.write(
        `( ${script.trimEnd()}\n) 2>&1 </dev/null\nprintf '\\n${this.#marker} %d\\n' $?\n`,
      )
    })
  }

  close(): void {
    this.#child.stdin?.end()
  }

  #beginWaiting(): void {
    clearTimeout(this.#timer)
    if (this.#waiting.length === 0) return
    this.#timer = setTimeout(() => {
      this.#end(`no end of a script after ${patience / 1000} s`)
      this.#child.kill('SIGKILL')
    }, patience).unref()
  }

  #end(why: string): void {
    clearTimeout(this.#timer)
    this.#ended ??= new Error(`${this.#where}: ${why}`)
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended)
  }

  #read(chunk: Buffer): void {
    if (this.#ended) return
    const text = this.#decoder.write(chunk)
    const joint = this.#lastSaid() + text
    this.#said.push(text)
    this.#length += text.length
    if (joint.includes(`\n${this.#marker} `)) this.#readEnds()
    // Of a program that a guest has put in another's place there may be no end.
    if (this.#length <= mostSaid) return
    this.#said = []
    this.#end(`a script said more than ${mostSaid} characters`)
    this.#child.kill('SIGKILL')
  }

  /** So much of what was said that the line which ends a script may have begun in it. */
  #lastSaid(): string {
    const length = this.#marker.length + ' 255\n\n'.length
    let last = ''
    for (let at = this.#said.length - 1; at >= 0 && last.length < length; at--)
      last = (this.#said[at] ?? '') + last
    return last.slice(-length)
  }

  #readEnds(): void {
    let text = this.#said.join('')
    for (;;) {
      const at = text.indexOf(`\n${this.#marker} `)
      const lineEnd = at < 0 ? -1 : text.indexOf('\n', at + 1)
      if (lineEnd < 0) break
      const exit = Number(text.slice(at + this.#marker.length + 2, lineEnd))
      const output = text.slice(0, at)
      text = text.slice(lineEnd + 1)
      this.#waiting.shift()?.resolve({ exit, output })
      this.#beginWaiting()
    }
    this.#said = [text]
    this.#length = text.length
  }
}
