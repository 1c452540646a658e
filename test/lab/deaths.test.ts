import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { gone, tracesBelow } from './lab-traces.ts'
import { labUp, type TestLab } from './lab.ts'
import {
  bastionOf,
  daemonOf,
  holderOf,
  labProcesses,
  nodesOf,
  programOf,
  sandboxOf,
  shellsOf,
  type LabProcess,
} from './lab-processes.ts'
import { podpath, startPodpath, type Ended } from './podpath.ts'

/**
 * Whatever process of a lab dies, it comes back, or the lab says that it is not what it was: nobody waits for ever, and
 * nothing is said of a network that is not there. Processes are ended by their id alone.
 */

const run = promisify(execFile)
const kill = (victim: LabProcess | undefined, signal: NodeJS.Signals = 'SIGKILL'): void => {
  if (victim === undefined) throw new Error('there is no such process')
  process.kill(victim.pid, signal)
}
const complaints = ({ stderr }: Ended): readonly string[] =>
  stderr.split('\n').filter((line) => line.startsWith('podpath:'))

/** Each of these ends with exit 3 and one line that says why; asked side by side, because each waits for an answer that does not come. */
async function refused(lab: TestLab, line: RegExp, commands: readonly (readonly string[])[]): Promise<void> {
  await Promise.all(
    commands.map(async (words) => {
      const one = await lab.podpath(...words)
      expect(one.status, words.join(' ')).toBe(3)
      expect(complaints(one), words.join(' ')).toEqual([expect.stringMatching(line)])
    }),
  )
}

interface Status {
  readonly labs: readonly {
    readonly state: string
    readonly parts?: readonly { readonly kind: string; readonly name: string; readonly state: string }[]
    readonly nodes?: readonly {
      readonly ready: boolean
      readonly pods: readonly { readonly name: string; readonly ready: boolean }[]
    }[]
  }[]
}

async function statusOf(lab: TestLab): Promise<{ readonly ended: Ended; readonly status: Status }> {
  const ended = await lab.podpath('lab', 'status', '--name', lab.record.name, '--json')
  return { ended, status: JSON.parse(ended.stdout) as Status }
}

/** Waits until every pod of the lab is ready: within a minute a container is started again, and a sandbox made anew. */
async function allReady(lab: TestLab): Promise<Status> {
  for (let i = 0; ; i++) {
    const { status } = await statusOf(lab)
    const nodes = status.labs[0]?.nodes ?? []
    if (nodes.length > 0 && nodes.every((node) => node.ready && node.pods.every((pod) => pod.ready)))
      return status
    if (i > 60) throw new Error(`not every pod is ready: ${JSON.stringify(status)}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

describe('what comes back', () => {
  let lab: TestLab
  /** As they were at first: one that was ended is opened again when it is needed, and not before. */
  let shells: readonly LabProcess[]
  beforeAll(async () => {
    lab = await labUp(['--name=returns', '--subnets=private'])
    shells = shellsOf(labProcesses(lab.record.pid))
  })
  afterAll(async () => {
    await lab?.down()
  })

  const victims: readonly {
    readonly victim: string
    readonly find: (all: readonly LabProcess[]) => LabProcess | undefined
    readonly because: string
    /** Not every machine can have it. */
    readonly optional?: true
  }[] = [
    {
      victim: 'a pod’s sandbox',
      find: (all) => sandboxOf(all, 'tail'),
      because: 'the kubelet makes it anew',
    },
    {
      victim: 'a pod’s program',
      find: (all) => programOf(all, 'tail'),
      because: 'the kubelet starts it again',
    },
    { victim: 'CoreDNS', find: (all) => programOf(all, 'coredns.js'), because: 'it is a container' },
    {
      victim: 'whoever entered a pod for CoreDNS',
      find: (all) =>
        all.find(
          ({ command }) => command[0] === 'perl' && command.some((word) => word.includes('coredns.js')),
        ),
      because: 'what it ran ends with it, and is started again',
    },
    {
      victim: 'whoever entered a node for a pod’s sandbox',
      find: (all) =>
        all.find(({ pid }) => pid === all.find((one) => one.pid === sandboxOf(all, 'tail').parent)?.parent),
      because: 'the sandbox ends with it',
    },
    {
      victim: 'the internet',
      find: (all) => programOf(all, 'internet.js'),
      because: 'the daemon starts it again',
    },
    {
      optional: true,
      victim: 'a node’s sshd',
      find: (all) => programOf(all, 'sshd'),
      because: 'as systemd would',
    },
    ...[0, 1, 2, 3, 4].map((n) => ({
      victim: `shell ${n} of the daemon`,
      find: () => shells[n],
      because: 'its network namespace is held open, and another shell is opened in it',
    })),
    {
      victim: 'the daemon’s shell on a node',
      find: (all) => all.find(({ numbers, command }) => numbers.length === 3 && command.join(' ') === 'sh'),
      because: 'the node lives, and another is opened',
    },
  ]

  test.each(victims)('$victim: $because', async ({ find, optional }) => {
    const victim = find(labProcesses(lab.record.pid))
    if (victim === undefined && optional) return
    kill(victim)
    const status = await allReady(lab)
    expect(status.labs[0]?.state).toBe('whole')
    const traced = await lab.podpath(
      'trace',
      'deploy/netshoot-pod',
      'www.google.com',
      '--lab=returns',
      '--protocol=http',
    )
    expect(traced.status, traced.stderr).toBe(0)
  })

  test('the daemon’s status tells of the programs that it started again', async () => {
    const { status } = await statusOf(lab)
    expect(status.labs[0]?.parts).toContainEqual(
      expect.objectContaining({ kind: 'internet', state: 'running', restarts: 1 }),
    )
  })

  test('a security group that changes reaches the router through its new shell', async () => {
    const { stdout } = await run('aws', ['--version']).catch(() => ({ stdout: '' }))
    if (stdout === '') return
    const groups = (await lab.aws('ec2', 'describe-security-groups')) as {
      readonly SecurityGroups: readonly { readonly GroupId: string }[]
    }
    const [group] = groups.SecurityGroups
    await lab.aws(
      'ec2',
      'authorize-security-group-ingress',
      '--group-id',
      group?.GroupId ?? '',
      '--protocol',
      'tcp',
      '--port',
      '4242',
      '--cidr',
      '198.51.100.0/24',
    )
  })

  test('a pod that is never restarted has failed when its sandbox ends', async () => {
    await lab.kubectl('run', 'once', '--image=busybox', '--restart=Never', '--command', '--', 'sleep', '4711')
    await lab.kubectl('wait', '--for=condition=Ready', 'pod/once', '--timeout=30s')
    const all = labProcesses(lab.record.pid)
    kill(sandboxOf(all, '4711'))
    await lab.kubectl('wait', '--for=jsonpath={.status.phase}=Failed', 'pod/once', '--timeout=30s')
    await lab.kubectl('delete', 'pod', 'once', '--timeout=30s')
  })
})

describe('what stays away', () => {
  let lab: TestLab
  afterEach(async () => {
    await lab?.down()
  })

  test('a node: Kubernetes, lab status and every command that would use it say so at once', async () => {
    lab = await labUp(['--name=lost'])
    kill(nodesOf(labProcesses(lab.record.pid))[0])
    const ready = '{.items[*].status.conditions[?(@.type=="Ready")].status}'
    await expect
      .poll(async () => (await lab.kubectl('get', 'nodes', '-o', `jsonpath=${ready}`)).split(' ').sort(), {
        timeout: 20_000,
      })
      .toEqual(['True', 'True', 'Unknown'])
    const { ended, status } = await statusOf(lab)
    expect(ended.status).toBe(3)
    expect(status.labs[0]?.state).toBe('not-whole')
    expect(status.labs[0]?.parts).toEqual([expect.objectContaining({ kind: 'node', state: 'ended' })])
    expect(status.labs[0]?.nodes?.filter((node) => !node.ready)).toHaveLength(1)
    const text = await lab.podpath('lab', 'status', '--name=lost')
    expect(text.stdout).toMatch(/not whole: node ip-\S+ ended at .*`podpath lab down --name lost`/)
    const korean = await lab.podpath('--lang=ko', 'lab', 'status', '--name=lost')
    expect(korean.stdout).toMatch(/온전하지 않습니다\. 종료됨: ip-\S+ 노드, .*`podpath lab down --name lost`/)
    await refused(lab, /the lab lost is not whole: node ip-/, [
      ['verify', '--lab=lost'],
      ['trace', 'deploy/netshoot-pod', 'www.google.com', '--lab=lost'],
      ['matrix', '--lab=lost', '--probe'],
      ['capture', '--lab=lost', '--duration=60'],
      ['snapshot', '--lab=lost', '--out', `${lab.where.runtime}/bundle`],
      ['lab', 'break', 'forward-policy', '--name=lost'],
    ])
    // By its kubeconfig alone it is a cluster with a node that is gone: the rest goes on, and the result names it.
    const verified = await podpath(['verify', '--json'], {
      ...lab.where,
      environment: { KUBECONFIG: `${lab.record.directory}/kubeconfig` },
    })
    expect(verified.stdout).toMatch(/Kubelet stopped posting node status/)
    expect(verified.milliseconds).toBeLessThan(60_000)
  })

  test('and its pods can be deleted: the lab goes on without it', async () => {
    lab = await labUp(['--name=lost'])
    kill(nodesOf(labProcesses(lab.record.pid))[0])
    await lab.kubectl('delete', 'pods', '--all', '--timeout=40s')
    expect((await statusOf(lab)).status.labs[0]?.state).toBe('not-whole')
  })

  test.each([
    { victim: 'a node', find: (all: readonly LabProcess[]) => nodesOf(all)[1], line: /node ip-\S+ ended/ },
    {
      victim: 'what holds the nodes’ files',
      find: holderOf,
      line: /what holds its namespaces ended/,
    },
  ])('$victim while packets are captured: exit 3, one line', async ({ find, line }) => {
    lab = await labUp(['--name=lost'])
    const started = startPodpath(
      ['trace', 'deploy/netshoot-pod', 'www.google.com', '--count=60', '--lab=lost'],
      lab.where,
    )
    await started.said(/Listening in/)
    kill(find(labProcesses(lab.record.pid)))
    const ended = await started.ended
    expect(ended.status, ended.stderr).toBe(3)
    expect(complaints(ended).filter((one) => line.test(one))).toHaveLength(1)
  })

  test.each([
    {
      stopped: 'every process of a node',
      find: (all: readonly LabProcess[]) => {
        const node = nodesOf(all)[1]
        return all.filter(
          ({ pid, numbers, hostname }) =>
            pid === node?.pid || (numbers.length > 2 && hostname === node?.hostname),
        )
      },
      line: /node ip-\S+ is stopped \(SIGSTOP, seen at \d\d:\d\d:\d\d\)/,
      kind: 'node',
    },
    {
      stopped: 'the daemon’s shell on a node, which those on the node can stop',
      find: (all: readonly LabProcess[]) =>
        all.filter(({ numbers, command }) => numbers.length === 3 && command.join(' ') === 'sh').slice(0, 1),
      line: /node ip-\S+ is stopped \(SIGSTOP/,
      kind: 'node',
    },
    {
      stopped: 'the internet',
      find: (all: readonly LabProcess[]) => [programOf(all, 'internet.js')],
      line: /the internet \(.*\) is stopped/,
      kind: 'internet',
    },
  ])('$stopped is stopped: said, until it goes on', async ({ find, line, kind }) => {
    lab = await labUp(['--name=lost'])
    const victims = find(labProcesses(lab.record.pid))
    expect(victims.length).toBeGreaterThan(0)
    for (const victim of victims) kill(victim, 'SIGSTOP')
    const seen = async () => (await statusOf(lab)).status.labs[0]
    await expect.poll(async () => (await seen())?.state).toBe('not-whole')
    expect((await seen())?.parts).toEqual([expect.objectContaining({ kind, state: 'stopped' })])
    expect((await lab.podpath('lab', 'status', '--name=lost')).stdout).toMatch(line)
    await refused(lab, line, [
      ['verify', '--lab=lost'],
      ['trace', 'deploy/netshoot-pod', 'www.google.com', '--lab=lost'],
    ])
    for (const victim of victims) kill(victim, 'SIGCONT')
    await expect.poll(async () => (await seen())?.state).toBe('whole')
    expect((await lab.podpath('trace', 'deploy/netshoot-pod', 'www.google.com', '--lab=lost')).status).toBe(0)
  })

  test('the bastion: lab shell says so, and what does not use it goes on', async () => {
    lab = await labUp(['--name=lost'])
    kill(bastionOf(labProcesses(lab.record.pid)))
    const shell = await lab.podpath('lab', 'shell', '--name=lost', '--', 'true')
    expect(shell.status).toBe(3)
    expect(complaints(shell)).toEqual([
      expect.stringMatching(/the bastion of the lab has ended: `podpath lab down/),
    ])
    expect((await statusOf(lab)).status.labs[0]?.parts).toEqual([
      expect.objectContaining({ kind: 'bastion' }),
    ])
    expect((await lab.podpath('trace', 'deploy/netshoot-pod', 'www.google.com', '--lab=lost')).status).toBe(0)
    expect(complaints(await lab.podpath('verify', '--via=ssh', '--lab=lost'))).toEqual([
      expect.stringMatching(/bastion/),
    ])
  })
})

describe('a daemon that hangs', () => {
  let lab: TestLab
  afterEach(async () => {
    await lab?.down()
  })

  test('is said by status and by whoever would use the lab, and the lab can be ended', async () => {
    lab = await labUp(['--name=hangs'])
    const traces = tracesBelow(lab.record.pid)
    kill(daemonOf(labProcesses(lab.record.pid)), 'SIGSTOP')
    const [{ ended, status }, shell] = await Promise.all([
      statusOf(lab),
      lab.podpath('lab', 'shell', '--name=hangs', '--', 'true'),
      refused(lab, /the lab hangs does not answer \(process \d+\): `podpath lab down/, [
        ['verify', '--lab=hangs'],
        ['lab', 'break', 'forward-policy', '--name=hangs'],
      ]),
    ])
    expect({ exit: ended.status, state: status.labs[0]?.state }).toEqual({ exit: 3, state: 'silent' })
    expect(shell.status).toBe(3)
    expect((await lab.podpath('lab', 'down', '--name=hangs')).status).toBe(0)
    expect(await gone(traces)).toEqual([])
  })

  test('while packets are captured: exit 3, one line', async () => {
    lab = await labUp(['--name=hangs'])
    const started = startPodpath(
      ['trace', 'deploy/netshoot-pod', 'www.google.com', '--count=60', '--lab=hangs'],
      lab.where,
    )
    await started.said(/Listening in/)
    kill(daemonOf(labProcesses(lab.record.pid)), 'SIGSTOP')
    const ended = await started.ended
    expect(ended.status, ended.stderr).toBe(3)
    expect(complaints(ended).filter((one) => /the lab hangs does not answer/.test(one))).toHaveLength(1)
  })
})
