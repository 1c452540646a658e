import { describe, expect, test } from 'vitest'
import type { TraceEvent } from './contract/trace.ts'
import { Ongoing } from './ongoing.ts'
import { hasEnded, TraceJobs, type TraceJob } from './trace-jobs.ts'

const say = (text: string): TraceEvent => ({ kind: 'progress', text })

/** Work whose end the test decides. */
function held() {
  let settle: { resolve: (run: string) => void; reject: (error: unknown) => void } | undefined
  const promise = new Promise<string>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return {
    promise,
    resolve: (run: string) => settle?.resolve(run),
    reject: (e: unknown) => settle?.reject(e),
  }
}

const start = (jobs: TraceJobs, ...args: Parameters<TraceJobs['start']>): TraceJob => {
  const job = jobs.start(...args)
  if (!job) throw new Error('too many run')
  return job
}

const ended = (job: TraceJob): Promise<TraceEvent | undefined> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (hasEnded(job)) resolve(job.events.at(-1))
    }
    job.listen(look)
    look()
  })

describe('a trace that was asked for', () => {
  test('tells what happens in order, and last the run that was kept', async () => {
    const jobs = new TraceJobs(new AbortController().signal, new Ongoing())
    const job = start(jobs, (tell) => {
      tell(say('one'))
      tell(say('two'))
      return Promise.resolve('run-1')
    })
    await ended(job)
    expect(job.events).toEqual([say('one'), say('two'), { kind: 'done', run: 'run-1' }])
    expect(jobs.get(job.id)).toBe(job)
  })

  test.each([
    {
      because: 'an error of ours has a code, and people read its first line',
      error: Object.assign(new Error('no pod web-1\nat somewhere'), { code: 'no-such-endpoint' }),
      last: { kind: 'failed', code: 'no-such-endpoint', message: 'no pod web-1' },
    },
    {
      because: 'any other error has none',
      error: new Error('boom'),
      last: { kind: 'failed', code: 'failed', message: 'boom' },
    },
    {
      because: 'something that is no error was thrown',
      error: 'boom',
      last: { kind: 'failed', code: 'failed', message: 'boom' },
    },
  ])('fails in words: $because', async ({ error, last }) => {
    const jobs = new TraceJobs(new AbortController().signal, new Ongoing())
    const work = held()
    const job = start(jobs, () => work.promise)
    work.reject(error)
    expect(await ended(job)).toEqual(last)
  })

  test('is cancelled alone, when its work has cleared up; what comes afterwards is not told', async () => {
    const jobs = new TraceJobs(new AbortController().signal, new Ongoing())
    const work = held()
    let reportLater: (event: TraceEvent) => void = () => undefined
    let aborted = false
    const job = start(jobs, (tell, signal) => {
      reportLater = tell
      signal.addEventListener('abort', () => {
        aborted = true
      })
      return work.promise
    })
    const other = start(jobs, () => held().promise)
    job.cancel()
    expect([aborted, hasEnded(job)]).toEqual([true, false])
    work.reject(new Error('aborted'))
    expect(await ended(job)).toEqual({ kind: 'cancelled' })
    reportLater(say('late'))
    expect(job.events.at(-1)).toEqual({ kind: 'cancelled' })
    expect(hasEnded(other)).toBe(false)
  })

  test('ends with the server', async () => {
    const server = new AbortController()
    const jobs = new TraceJobs(server.signal, new Ongoing())
    const job = start(
      jobs,
      (_, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('aborted'))
          })
        }),
    )
    server.abort()
    expect(await ended(job)).toEqual({ kind: 'cancelled' })
  })

  test('may be one of three; a fourth is refused until one has ended', async () => {
    const jobs = new TraceJobs(new AbortController().signal, new Ongoing())
    const work = [held(), held(), held()]
    const running = work.map(({ promise }) => start(jobs, () => promise))
    expect(jobs.start(() => held().promise)).toBeNull()
    work[1]?.resolve('run')
    if (running[1]) await ended(running[1])
    expect(jobs.start(() => held().promise)).not.toBeNull()
  })

  test('is forgotten when twenty others have ended after it', async () => {
    const jobs = new TraceJobs(new AbortController().signal, new Ongoing())
    const all: TraceJob[] = []
    for (let n = 0; n < 22; n++) {
      const job = start(jobs, () => Promise.resolve(String(n)))
      await ended(job)
      all.push(job)
    }
    expect(all.map(({ id }) => jobs.get(id) !== undefined).indexOf(true)).toBe(1)
  })

  test('floods nobody: its events are bounded, and its end is told all the same', async () => {
    const jobs = new TraceJobs(new AbortController().signal, new Ongoing())
    const job = start(jobs, (tell) => {
      for (let n = 0; n < 6_000; n++) tell(say(String(n)))
      return Promise.resolve('run')
    })
    expect(await ended(job)).toEqual({ kind: 'done', run: 'run' })
    expect(job.events.length).toBe(5_001)
  })

  test('a listener that left hears no more', async () => {
    const jobs = new TraceJobs(new AbortController().signal, new Ongoing())
    const work = held()
    const job = start(jobs, () => work.promise)
    let heard = 0
    const silence = job.listen(() => {
      heard++
    })
    silence()
    work.resolve('run')
    await ended(job)
    expect(heard).toBe(0)
  })
})
