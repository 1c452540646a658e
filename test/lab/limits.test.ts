import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { groupPlaces } from '../../src/lab/namespaces/groups/group-place.ts'
import { labUp, runtimeDirectory, type TestLab } from './lab.ts'
import { podpath } from './podpath.ts'

/** What a lab and its pods may take of the machine. Needs root and control groups that root may write. */

const mebi = 2 ** 20
const delegated =
  groupPlaces(readFileSync('/proc/self/mountinfo', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'))
    .length > 0

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=limits', '--memory', '1g', '--disk', '64m', '--processes', '1500'])
})
afterAll(async () => {
  const directories = Object.values(lab.record.groups?.directories ?? {})
  await lab.down()
  expect(directories.filter((directory) => existsSync(directory))).toEqual([])
})

const pod = (name: string, command: string, limits: object): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    terminationGracePeriodSeconds: 0,
    restartPolicy: 'Never',
    containers: [{ name: 'c', image: 'busybox', command: ['sh', '-c', command], resources: { limits } }],
  },
})
const statusOf = async (name: string): Promise<string> =>
  lab.kubectl(
    'get',
    'pod',
    name,
    '-o',
    'jsonpath={.status.phase} {.status.containerStatuses[0].state.terminated.reason}',
  )

test('all files of a lab together have the size that was given', async () => {
  const { output } = await lab.inPod(
    1,
    'head -c 100000000 /dev/zero 2>&1 > /tmp/big; stat -c %s /tmp/big; rm /tmp/big',
  )
  expect(output).toMatch(/No space left on device/)
  const [size] = /^\d+$/m.exec(output) ?? []
  expect(Number(size)).toBeLessThanOrEqual(64 * mebi)
  // Nobody else's files are lost by it.
  expect((await lab.inPod(2, 'echo well > /tmp/x; cat /tmp/x')).output).toBe('well\n')
})

test('all processes of a lab together are as many as were given, whoever they belong to', async () => {
  // There are at most as many as are asked for, they end when the shell that cannot have more ends, and by themselves at last.
  const { output } = await lab.onNode(
    1,
    '{ trap "kill \\$ids" EXIT; i=0; while [ $i -lt 2000 ]; do setpriv --reuid=$((1000 + i % 3)) sleep 90 & ids="$ids $!"; i=$((i + 1)); done; } 2>&1 | head -5; echo done',
  )
  expect(output).toMatch(/[Ff]ork|[Cc]annot/)
  await expect
    .poll(async () => (await lab.inPod(2, 'echo alive')).output, { timeout: 30_000 })
    .toBe('alive\n')
})

describe('control groups', () => {
  beforeEach(({ skip }) => {
    skip(!delegated, 'this machine lets us write no control groups')
  })

  test('the lab has its own, with the memory that was given', () => {
    const { groups } = lab.record
    const directory = groups?.directories.memory ?? ''
    const file = groups?.version === 2 ? 'memory.max' : 'memory.limit_in_bytes'
    expect(readFileSync(join(directory, file), 'utf8').trim()).toBe(String(1024 * mebi))
  })

  test('a container that asks for more than its memory limit is ended, and said to be', async () => {
    await lab.apply(
      pod('greedy', 'x=$(head -c 200000000 /dev/zero | tr "\\0" x); echo survived', { memory: '64Mi' }),
    )
    await expect.poll(() => statusOf('greedy'), { timeout: 25_000 }).toBe('Failed OOMKilled')
  })

  test('so is a program that is executed in it', async () => {
    await lab.apply(pod('host', 'sleep 60', { memory: '64Mi', cpu: '500m' }))
    await lab.kubectl('wait', '--for=condition=Ready', 'pod/host', '--timeout=25s')
    await expect(
      lab.kubectl(
        'exec',
        'host',
        '--',
        'sh',
        '-c',
        'x=$(head -c 200000000 /dev/zero | tr "\\0" x); echo survived',
      ),
    ).rejects.toThrow(/137/)
  })

  test('a pod sees and changes nobody’s limits', async () => {
    const { output } = await lab.onNode(
      2,
      'mkdir -p /tmp/c; for type in cgroup cgroup2; do mount -t $type none /tmp/c 2>&1; unshare --cgroup --mount mount -t $type none /tmp/c 2>&1; done; find /sys/fs/cgroup -name "podpath*"; echo end',
    )
    expect(output).not.toMatch(/podpath-/)
  })
})

test.each([
  { words: ['--memory', '10m'], says: '--memory 10m: give a size from 256m to' },
  { words: ['--disk', 'lots'], says: '--disk lots: give a size from 16m to' },
  { words: ['--processes', '7'], says: '--processes 7: give a whole number from 256 to' },
])('$words is no budget', async ({ words, says }) => {
  const runtime = runtimeDirectory()
  const ended = await podpath(['lab', 'up', ...words], { runtime })
  rmSync(runtime, { recursive: true, force: true })
  expect(ended.status).toBe(2)
  expect(ended.stderr).toContain(`podpath: ${says}`)
})
