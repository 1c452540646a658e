import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync, closeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { packageRoot, withLab } from './lab/bench-lab.ts'
import type { BenchRow } from './row.ts'

/** Pings of the flood; each is seen twelve times, there and back. */
const pings = 10_000
const sightings = 12

const run = promisify(execFile)

/**
 * `podpath capture` of the built program during `ping -f` between two pods of different nodes: six captures, every line into a
 * file, a pcapng at the same time.
 */
export const benchCapture = (): Promise<readonly BenchRow[]> =>
  withLab({}, async ({ record, kubeconfig }) => {
    const directory = mkdtempSync(join(tmpdir(), 'podpath-bench-'))
    try {
      const kubectl = async (...words: readonly string[]): Promise<string> =>
        (await run('kubectl', ['--kubeconfig', kubeconfig, ...words], { encoding: 'utf8' })).stdout
      const pods = JSON.parse(await kubectl('get', 'pods', '-o', 'json')) as PodList
      const [from, , to] = pods.items
      if (!from || !to) throw new Error('the lab has three pods')
      const lines = openSync(join(directory, 'lines'), 'w')
      const words = ['capture', 'deploy/netshoot-pod', `--lab=${record.name}`, '--filter', 'icmp']
      const child = spawn(
        process.execPath,
        [join(packageRoot, 'bin/podpath.js'), ...words, '--out', join(directory, 'all.pcapng')],
        {
          stdio: ['ignore', lines, 'pipe'],
          env: { ...process.env, PODPATH_RUNTIME_DIR: dirname(record.directory), LANG: 'C.UTF-8' },
        },
      )
      let said = ''
      const listening = new Promise<void>((resolve) => {
        child.stderr?.on('data', (chunk: Buffer) => {
          said += chunk.toString()
          if (said.includes('Capturing in')) resolve()
        })
      })
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
      await Promise.race([listening, ended])
      const begun = performance.now()
      await kubectl(
        'exec',
        from.metadata.name,
        '--',
        'ping',
        '-f',
        '-q',
        '-c',
        String(pings),
        to.status.podIP,
      )
      const written = (): number => readFileSync(join(directory, 'lines'), 'latin1').split('\n').length - 1
      // Until nothing more comes: what is still on its way is counted with its time.
      let last = performance.now()
      for (let have = -1, now = written(); now > have; now = written()) {
        have = now
        last = performance.now()
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
      const { seconds, megabytes } = usageOf(child.pid ?? 0)
      child.kill('SIGINT')
      await ended
      closeSync(lines)
      const count = written()
      const what = `${pings} flooding pings, ${count} of ${pings * sightings} sightings on the screen`
      return [
        {
          name: 'capture: lines',
          value: count / ((last - begun) / 1000),
          unit: 'lines/s',
          note: `${what}, a pcapng at the same time`,
        },
        {
          name: 'capture: processor',
          value: (seconds * 1e6) / count,
          unit: 'µs',
          note: 'processor time of podpath for a line, start-up included',
        },
        { name: 'capture: memory', value: megabytes, unit: 'MB', note: 'resident at most, during the flood' },
      ]
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly status: { readonly podIP: string }
  }[]
}

/** Processor time and the most memory of a process so far (proc(5): ticks of 10 ms, VmHWM). */
function usageOf(pid: number): { readonly seconds: number; readonly megabytes: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return {
    seconds: (Number(fields[11]) + Number(fields[12])) / 100,
    megabytes: (Number(kilobytes) * 1024) / 1e6,
  }
}
