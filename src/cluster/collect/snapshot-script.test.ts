import { expect, test } from 'vitest'
import { captureArgv } from '../capture/script.ts'
import { execPath } from '../agent/pod-runner.ts'
import { probeArgv } from '../probe/script.ts'
import { snapshotArgv } from './snapshot-script.ts'
import { uidPattern } from './find-namespace-script.ts'

const pod = { address: '192.168.101.239', uid: '0f1e2d3c-0000-4000-8000-00000000000a' }
const target = { namespace: 'podpath-1f3a', pod: 'podpath-agent-x7k2p', container: 'agent' }

/** Node's own limit for a request line with its headers is 16 KiB; others allow more. */
test.each([
  {
    what: 'a snapshot of a t3.medium full of pods',
    argv: snapshotArgv(Array.from({ length: 17 }, () => pod)),
    most: 9_000,
  },
  {
    what: 'a capture',
    argv: captureArgv({ pod, filter: 'icmp', snapLength: 160, bufferKiB: 4096 }),
    most: 6_000,
  },
  { what: 'a probe', argv: probeArgv(pod, 1, ['ping', '-c', '1', '192.168.3.143']), most: 6_000 },
])('$what fits into a request', ({ argv, most }) => {
  expect(execPath(target, argv, true).length).toBeLessThan(most)
})

test('a UID matches both spellings of it in a cgroup, and nothing that is no UID is a pattern', () => {
  const pattern = new RegExp(uidPattern(pod.uid))
  expect('0::/kubepods.slice/kubepods-pod0f1e2d3c_0000_4000_8000_00000000000a.slice').toMatch(pattern)
  expect('0::/kubepods/pod0f1e2d3c-0000-4000-8000-00000000000a/abc').toMatch(pattern)
  expect('anything').not.toMatch(new RegExp(uidPattern('.*')))
})
