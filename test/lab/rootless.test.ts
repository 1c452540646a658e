import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunResult } from '../../src/model/result/result.ts'
import { makeOtherUser, whyNoOtherUser, type OtherUser } from './other-user.ts'

/**
 * The main job and a shell for somebody who is not root. Needs root to become that user, and user namespaces for everybody.
 */

let user: OtherUser
const podpath = (...args: readonly string[]) => user.podpath(...args)

describe('without root', () => {
  beforeAll(() => {
    if (whyNoOtherUser !== undefined) return
    user = makeOtherUser()
  })
  beforeEach(({ skip }) => {
    skip(whyNoOtherUser !== undefined, whyNoOtherUser)
  })
  afterAll(() => {
    if (whyNoOtherUser !== undefined) return
    podpath('lab', 'down', '--name', 'mine')
    user.remove()
  })

  test('the main job is the same', () => {
    const ended = podpath('verify', '--lab', 'own', '--json')
    expect(ended.stderr).not.toMatch(/^podpath: /m)
    const result = JSON.parse(ended.stdout) as RunResult
    const checks = result.experiments.flatMap((one) => one.checks)
    expect(checks).toHaveLength(26)
    expect(checks.filter(({ state }) => state !== 'passed')).toEqual([])
    expect({ status: ended.status, verdict: result.verdict }).toEqual({ status: 0, verdict: 'delivered' })
  })

  test('a lab stays up, its shell has kubectl and the nodes, and it ends', () => {
    // This user may not see what of aws lies in a home of root's.
    expect(podpath('lab', 'up', '--name', 'mine', '--incomplete').status).toBe(0)
    const pods = podpath(
      'lab',
      'shell',
      '--name',
      'mine',
      '--',
      'bash',
      '-c',
      'id -u; kubectl get pods -o name | wc -l; kubectl exec $PODNAME1 -- ping -c 1 -W 2 $PODIP2 > /dev/null && echo reached',
    )
    expect(pods.stdout).toBe('0\n3\nreached\n')
    const volumes = podpath(
      'lab',
      'shell',
      '--name',
      'mine',
      '--',
      'bash',
      '-c',
      'kubectl exec $PODNAME1 -- cat /var/run/secrets/kubernetes.io/serviceaccount/namespace',
    )
    expect(volumes.stdout).toBe('default')
    const ssh = podpath('lab', 'shell', '--name', 'mine', '--', 'bash', '-c', 'ssh ec2-user@$N1 hostname')
    if (ssh.status !== 0) expect(ssh.stderr).toMatch(/^podpath: .*root/m)
    expect(podpath('lab', 'down', '--name', 'mine').status).toBe(0)
  })
})
