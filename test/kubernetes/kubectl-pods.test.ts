import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { cluster, podNames } from './kubectl-cluster.ts'

describe('programs in pods', () => {
  test('exec passes output, errors and the exit status on', async () => {
    const [pod] = await podNames()
    const said = await cluster.kubectl(`exec ${pod} -- sh -c 'hostname; echo wrong >&2; exit 7'`)
    expect(said).toEqual({
      exit: 7,
      stdout: `${pod}\n`,
      stderr: 'wrong\ncommand terminated with exit code 7\n',
    })
  })

  test('exec passes input on, to its end and octet by octet', async () => {
    const [pod] = await podNames()
    const said = await cluster.kubectl(`exec -i ${pod} -- sha256sum`, 'x'.repeat(300_000))
    expect(said.stdout).toBe(`${createHash('sha256').update('x'.repeat(300_000)).digest('hex')}  -\n`)
  })

  test('logs come whole, from the end, and go on until the container ends', async () => {
    await cluster.kubectl(
      `run counter --image=busybox --restart=Never --command -- sh -c 'for i in 1 2 3 4 5; do echo line $i; sleep 0.1; done'`,
    )
    await cluster.kubectl('wait --for=condition=PodReadyToStartContainers pod/counter --timeout=20s')
    expect((await cluster.kubectl('logs -f counter')).stdout).toBe('line 1\nline 2\nline 3\nline 4\nline 5\n')
    expect((await cluster.kubectl('logs --tail=2 counter')).stdout).toBe('line 4\nline 5\n')
    expect((await cluster.kubectl('get pod counter --no-headers')).stdout).toMatch(
      /^counter +0\/1 +Completed +0 /,
    )
    await cluster.kubectl('delete pod counter --now')
  })

  test('run --rm -i runs, prints and leaves nothing behind', async () => {
    const said = await cluster.kubectl(
      `run once --rm -i --image=busybox --restart=Never --command -- sh -c 'read word; echo got $word'`,
      'hello\n',
    )
    expect(said.stdout).toContain('got hello\n')
    expect((await cluster.kubectl('get pod once')).stderr).toContain('pods "once" not found')
  })

  test('a container that fails is restarted, then waits, and says so', async () => {
    await cluster.kubectl('run crash --image=busybox --command -- sh -c "exit 3"')
    const waited = await cluster.kubectl(
      `wait --for=jsonpath='{.status.containerStatuses[0].state.waiting.reason}'=CrashLoopBackOff pod/crash --timeout=20s`,
    )
    expect(waited.exit).toBe(0)
    const { stdout } = await cluster.kubectl('get pod crash --no-headers')
    expect(stdout).toMatch(/^crash +0\/1 +CrashLoopBackOff +1 /)
    const events = await cluster.kubectl('events --for pod/crash --no-headers')
    expect(events.stdout).toContain('Back-off restarting failed container crash in pod crash_default(')
    await cluster.kubectl('delete pod crash --now')
  })

  test('an image that the lab does not know pauses and says why', async () => {
    await cluster.kubectl('run unknown --image=example.com/strange:1')
    await cluster.kubectl('wait --for=condition=Ready pod/unknown --timeout=20s')
    const { stdout } = await cluster.kubectl('describe pod unknown')
    expect(stdout).toContain('The lab has no image registry: "example.com/strange:1" pauses.')
    await cluster.kubectl('delete pod unknown --now')
  })

  test('cp brings a file into a pod and out again', async () => {
    const [pod] = await podNames()
    const home = cluster.environment['HOME'] ?? ''
    await cluster.kubectl('version > $HOME/sent')
    expect((await cluster.kubectl(`cp ${home}/sent ${pod}:${home}/inside`)).exit).toBe(0)
    expect(
      (await cluster.kubectl(`cp ${pod}:${home}/inside ${home}/back && cmp ${home}/sent ${home}/back`)).exit,
    ).toBe(0)
  })
})
