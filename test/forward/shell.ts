import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'

/** A shell that lives as long as its namespace; commands in, output up to a marker out. */
export class Shell {
  readonly #child: ChildProcessWithoutNullStreams
  #text = ''
  #waiting: { readonly marker: string; readonly done: (text: string) => void } | null = null
  #count = 0

  constructor(argv: readonly string[]) {
    this.#child = spawn(argv[0] as string, argv.slice(1), { stdio: 'pipe' })
    this.#child.stdout.setEncoding('utf8').on('data', (more: string) => {
      this.#text += more
      this.#check()
    })
    this.#child.on('exit', () => this.#waiting?.done(this.#text))
    this.#child.stdin.on('error', () => undefined)
  }

  /** What it printed and nobody has taken yet. */
  get text(): string {
    return this.#text
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  #check(): void {
    const waiting = this.#waiting
    if (!waiting) return
    const at = this.#text.indexOf(waiting.marker)
    if (at < 0) return
    const before = this.#text.slice(0, at)
    this.#text = this.#text.slice(at + waiting.marker.length)
    this.#waiting = null
    waiting.done(before)
  }

  run(script: string): Promise<string> {
    const marker = `--done-${++this.#count}--\n`
    return new Promise((done) => {
      this.#waiting = { marker, done }
      this.#child.stdin.write(`{ ${script}\n} 2>&1\necho '${marker.trim()}'\n`)
      this.#check()
    })
  }

  write(text: string): void {
    this.#child.stdin.write(text)
  }

  /** Waits until the output has this many lines that match. */
  lines(pattern: RegExp, count: number, timeoutMs: number): Promise<readonly string[]> {
    const end = Date.now() + timeoutMs
    return new Promise((done) => {
      const look = (): void => {
        const found = this.#text.split('\n').filter((line) => pattern.test(line))
        if (found.length >= count || Date.now() > end) done(found)
        else setTimeout(look, 5)
      }
      look()
    })
  }

  end(): void {
    this.#child.stdin.end()
    this.#child.kill('SIGKILL')
  }
}
