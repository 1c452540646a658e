import type { Sandboxes } from '../../../sandbox.ts'
import type { Clock } from '../../clock.ts'
import type { Container, Pod, Probe } from '../../objects/pod.ts'
import { type ProbeTarget, tryProbe } from './probe.ts'

export interface ProbedContainer {
  readonly container: Container
  readonly pod: Pod
  readonly address: string
  readonly clock: Clock
  readonly sandboxes: Sandboxes
  readonly environment: Readonly<Record<string, string>>
  ready(ready: boolean, started: boolean): void
  unhealthy(kind: 'Startup' | 'Readiness' | 'Liveness', why: string): void
  kill(): void
}

/** Milliseconds between tries of a probe that has not passed yet. */
const eagerDelay = { first: 10, most: 2000 } as const

/** Octets of an HTTP answer that are read; the status line is all that counts. */
const answerLimit = 10 * 1024

/**
 * Tries a container's probes at their periods until stopped. Readiness and liveness wait for the startup probe; a
 * container without a readiness probe is ready once it has started.
 */
export function watchProbes(probed: ProbedContainer): () => void {
  const { container, clock } = probed
  const stops = new Set<() => void>()
  let stopped = false
  let started = container.startupProbe === undefined
  let ready = started && container.readinessProbe === undefined

  const loop = (
    kind: 'Startup' | 'Readiness' | 'Liveness',
    probe: Probe,
    passed: () => boolean,
    failed: () => void,
  ): void => {
    let successes = 0
    let failures = 0
    // Until it has passed once, and within its first period, a probe is tried again sooner than a real kubelet does,
    // and fails in silence: a lab is waited for, and its programs take milliseconds to listen.
    let eager = kind === 'Liveness' ? Number.POSITIVE_INFINITY : eagerDelay.first
    const period = (probe.periodSeconds ?? 10) * 1000
    const again = (milliseconds: number): void => {
      if (stopped) return
      const cancel = clock.after(milliseconds, () => {
        stops.delete(cancel)
        void attempt()
      })
      stops.add(cancel)
    }
    const attempt = async (): Promise<void> => {
      const limit = (probe.timeoutSeconds ?? 1) * 1000
      const why = await withLimit(tryProbe(probe, container, probed.address, targetOf(probed)), limit, clock)
      if (stopped) return
      if (why !== undefined && eager < Math.min(period, eagerDelay.most)) {
        again(eager)
        eager *= 1.5
        return
      }
      eager = Number.POSITIVE_INFINITY
      successes = why === undefined ? successes + 1 : 0
      failures = why === undefined ? 0 : failures + 1
      let goOn = true
      if (why === undefined) {
        if (successes >= (probe.successThreshold ?? 1)) goOn = passed()
      } else {
        probed.unhealthy(kind, why)
        if (failures >= (probe.failureThreshold ?? 3)) failed()
      }
      if (goOn) again(period)
    }
    again((probe.initialDelaySeconds ?? 0) * 1000)
  }

  const tell = (): void => {
    probed.ready(ready, started)
  }
  const afterStart = (): void => {
    if (container.readinessProbe !== undefined) {
      loop(
        'Readiness',
        container.readinessProbe,
        () => {
          ready = true
          tell()
          return true
        },
        () => {
          ready = false
          tell()
        },
      )
    } else {
      ready = true
      tell()
    }
    if (container.livenessProbe !== undefined) {
      loop('Liveness', container.livenessProbe, () => true, probed.kill)
    }
  }
  if (container.startupProbe === undefined) afterStart()
  else {
    loop(
      'Startup',
      container.startupProbe,
      () => {
        started = true
        afterStart()
        tell()
        return false
      },
      probed.kill,
    )
  }
  return () => {
    stopped = true
    for (const stop of stops) stop()
    stops.clear()
  }
}

function withLimit(
  attempt: Promise<string | undefined>,
  milliseconds: number,
  clock: Clock,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const cancel = clock.after(milliseconds, () => {
      resolve('context deadline exceeded')
    })
    void attempt.then((why) => {
      cancel()
      resolve(why)
    })
  })
}

function targetOf({ pod, sandboxes, environment }: ProbedContainer): ProbeTarget {
  return {
    run: (argv) => {
      const process = sandboxes.spawn(pod.metadata.uid, { argv, env: environment })
      process.stdin.end()
      process.stdout.resume()
      process.stderr?.resume()
      return process.exit
    },
    connect: async (port) => {
      const stream = await sandboxes.connect(pod.metadata.uid, port)
      return {
        close: () => {
          stream.close()
        },
        request: (text) =>
          new Promise((resolve, reject) => {
            let answer = ''
            stream.readable.on('data', (chunk: Buffer) => {
              answer += chunk.toString('latin1')
              // The head says all that a probe asks; the body may never end.
              if (answer.includes('\r\n\r\n') || answer.length > answerLimit) resolve(answer)
            })
            stream.readable.on('end', () => {
              resolve(answer)
            })
            stream.readable.on('error', reject)
            stream.writable.write(text)
          }),
      }
    },
  }
}
