import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
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
  readonly pid: number
  run(script: string): Promise<ScriptResult>
  /** Runs the acts; rejects with the failing script's last words. */
  apply(acts: readonly Act[]): Promise<void>
  close(): void
}

export function openShell(where: string, argv: readonly [string, ...string[]]): ShellSession {
  const [program, ...args] = argv
  const child: ChildProcess = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const marker = `podpath-${randomBytes(8).toString('hex')}`
  let buffered = ''
  const waiting: { resolve: (result: ScriptResult) => void; reject: (error: Error) => void }[] = []
  let ended: Error | undefined

  const end = (error: Error): void => {
    ended ??= error
    for (const one of waiting.splice(0)) one.reject(ended)
  }
  const onData = (chunk: Buffer): void => {
    buffered += chunk.toString('utf8')
    for (;;) {
      const at = buffered.indexOf(`\n${marker} `)
      if (at < 0) return
      const lineEnd = buffered.indexOf('\n', at + 1)
      if (lineEnd < 0) return
      const exit = Number(buffered.slice(at + marker.length + 2, lineEnd))
      const output = buffered.slice(0, at)
      buffered = buffered.slice(lineEnd + 1)
      waiting.shift()?.resolve({ exit, output })
    }
  }
  child.stdout?.on('data', onData)
  let complaints = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString('utf8')).slice(-4096)
  })
  child.stdin?.on('error', (error) => {
    end(new Error(`${where}: the shell closed its input: ${error.message}`))
  })
  child.on('error', (error) => {
    end(new Error(`${where}: the shell did not start: ${error.message}`))
  })
  child.on('exit', (code, signal) => {
    end(
      new Error(`${where}: the shell ended (${signal ?? code ?? '?'}): ${complaints.trim() || 'no message'}`),
    )
  })

  const run = (script: string): Promise<ScriptResult> =>
    new Promise((resolve, reject) => {
      if (ended) {
        reject(ended)
        return
      }
      waiting.push({ resolve, reject })
      child.stdin?.write(`( ${script.trimEnd()}\n) 2>&1 </dev/null\nprintf '\\n${marker} %d\\n' $?\n`)
    })

  return {
    where,
    get pid() {
      return child.pid ?? -1
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
      child.stdin?.end()
    },
  }
}
