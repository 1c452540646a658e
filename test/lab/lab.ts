import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import type { LabRecord } from '../../src/lab/daemon/record/record.ts'
import type { RunResult } from '../../src/model/result/result.ts'
import { podpath, type Ended, type Surroundings } from './podpath.ts'

const run = promisify(execFile)

/** A runtime directory of the test's own, so that its labs and the user's do not meet. */
export const runtimeDirectory = (): string => mkdtempSync(join(tmpdir(), 'podpath-test-'))

export interface Spoken {
  readonly status: number
  readonly output: string
}

/** A lab that is up, and the doors a user has to it: podpath, kubectl and aws. */
export interface TestLab {
  readonly record: LabRecord
  readonly where: Surroundings
  readonly podpath: (...args: readonly string[]) => Promise<Ended>
  /** Asks podpath something of this lab, `trace A B` or the like. Throws when it has no result to tell. */
  readonly ask: (...words: readonly string[]) => Promise<Asked>
  /** The same, of a flow that is to fare as predicted. */
  readonly agreed: (...words: readonly string[]) => Promise<RunResult>
  readonly verify: () => Promise<Asked>
  readonly kubectl: (...args: readonly string[]) => Promise<string>
  /** Applies an object of Kubernetes', as `kubectl apply -f -` does. */
  readonly apply: (object: object) => Promise<void>
  readonly aws: (...args: readonly string[]) => Promise<unknown>
  /** The names of the tutorial's pods, by the number of their node. */
  readonly pods: readonly string[]
  readonly addresses: readonly string[]
  readonly nodes: readonly string[]
  /** Runs a shell line in pod n (from 1). */
  readonly inPod: (n: number, script: string) => Promise<Spoken>
  /** Runs a shell line on node n (from 1), with every right a privileged pod on the host network and PIDs has. */
  readonly onNode: (n: number, script: string) => Promise<Spoken>
  /** Runs a shell line with pod n's network and the node's rights. */
  readonly inPodNetwork: (n: number, script: string) => Promise<Spoken>
  /** Gives aws-node these variables (`NAME=VALUE`, `NAME-`) and waits until every node has started it with them. */
  readonly awsNodeWith: (...variables: readonly string[]) => Promise<void>
  readonly down: () => Promise<Ended>
}

export interface Asked {
  readonly ended: Ended
  readonly result: RunResult
}

export async function labUp(options: readonly string[] = [], surroundings?: Surroundings): Promise<TestLab> {
  const where = surroundings ?? { runtime: runtimeDirectory() }
  const name = /--name=(\S+)/.exec(options.join(' '))?.[1] ?? 'default'
  const up = await podpath(['lab', 'up', ...options], where)
  if (up.status !== 0) throw new Error(`lab up: exit ${up.status}: ${up.stderr}`)
  const directory = join(where.runtime, name)
  const record = JSON.parse(readFileSync(join(directory, 'lab.json'), 'utf8')) as LabRecord
  const kubectlTo = async (args: readonly string[]): Promise<string> =>
    (
      await run('kubectl', ['--kubeconfig', join(directory, 'kubeconfig'), ...args], {
        timeout: 30_000,
        maxBuffer: 2 ** 24,
        env: { ...process.env, HOME: where.runtime },
      })
    ).stdout
  const list = JSON.parse(await kubectlTo(['get', 'pods', '-o', 'json'])) as {
    readonly items: readonly {
      readonly metadata: { readonly name: string }
      readonly status: { readonly podIP: string }
      readonly spec: { readonly nodeName: string }
    }[]
  }
  const items = list.items.toSorted((a, b) => subnetOf(a.status.podIP) - subnetOf(b.status.podIP))
  const pods = items.map((pod) => pod.metadata.name)
  const addresses = items.map((pod) => pod.status.podIP)
  const nodes = items.map((pod) => pod.spec.nodeName)
  const exec = async (pod: string, argv: readonly string[]): Promise<Spoken> => {
    try {
      return { status: 0, output: await kubectlTo(['exec', pod, '--', ...argv]) }
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
      return { status: code, output: stdout + stderr }
    }
  }
  const shells = new Map<number, Promise<string>>()
  const nodeShell = (n: number): Promise<string> => {
    const made = shells.get(n) ?? makeNodeShell(kubectlTo, n, nodes[n - 1] ?? '')
    shells.set(n, made)
    return made
  }
  const ask = async (...words: readonly string[]): Promise<Asked> => {
    const ended = await podpath([...words, `--lab=${name}`, '--json'], where)
    if (ended.stdout === '')
      throw new Error(`${words.join(' ')} said nothing: exit ${ended.status}: ${ended.stderr}`)
    return { ended, result: JSON.parse(ended.stdout) as RunResult }
  }
  const onNode = async (n: number, script: string): Promise<Spoken> =>
    exec(await nodeShell(n), ['sh', '-c', script])
  return {
    record,
    where,
    podpath: (...args) => podpath(args, where),
    ask,
    async agreed(...words) {
      const { ended, result } = await ask(...words)
      expect(ended.status, ended.stdout + ended.stderr).toBe(0)
      expect(result.traces.map(({ agrees }) => agrees)).toEqual([true])
      return result
    },
    verify: () => ask('verify', '--timeout', '1'),
    kubectl: (...args) => kubectlTo(args),
    async apply(object) {
      const file = join(where.runtime, `${randomUUID()}.json`)
      writeFileSync(file, JSON.stringify(object))
      await kubectlTo(['apply', '-f', file])
    },
    async aws(...args) {
      const { stdout } = await run('aws', ['--endpoint-url', record.aws?.endpoint ?? '', ...args], {
        timeout: 90_000,
        env: {
          ...process.env,
          HOME: where.runtime,
          AWS_ACCESS_KEY_ID: record.aws?.accessKeyId ?? '',
          AWS_SECRET_ACCESS_KEY: record.aws?.secretAccessKey ?? '',
          AWS_DEFAULT_REGION: record.aws?.region ?? '',
          AWS_DEFAULT_OUTPUT: 'json',
          AWS_PAGER: '',
        },
      })
      return stdout.trim() === '' ? null : (JSON.parse(stdout) as unknown)
    },
    pods,
    addresses,
    nodes,
    inPod: (n, script) => exec(pods[n - 1] ?? '', ['sh', '-c', script]),
    onNode,
    inPodNetwork: (n, script) =>
      onNode(
        n,
        // The address is in one network namespace only; its processes are found as the agent finds them.
        `for p in /proc/[0-9]*; do
           nsenter --net=$p/ns/net ip -4 -o addr 2>/dev/null | grep -q 'inet ${addresses[n - 1]}/32' || continue
           exec nsenter --net=$p/ns/net sh -c '${script.replaceAll("'", `'\\''`)}'
         done; echo 'the pod is not here'; exit 9`,
      ),
    async awsNodeWith(...variables) {
      await kubectlTo(['-n', 'kube-system', 'set', 'env', 'daemonset/aws-node', ...variables])
      await kubectlTo(['-n', 'kube-system', 'rollout', 'status', 'daemonset/aws-node', '--timeout=60s'])
    },
    async down() {
      const down = await podpath(['lab', 'down', '--name', name], where)
      if (!surroundings) rmSync(where.runtime, { recursive: true, force: true })
      return down
    },
  }
}

const subnetOf = (address: string): number => Number(address.split('.')[2])

/** A privileged pod on the node's own network and processes, as `kubectl debug node/…` makes one. */
async function makeNodeShell(
  kubectl: (args: readonly string[]) => Promise<string>,
  n: number,
  node: string,
): Promise<string> {
  const name = `node-shell-${n}`
  const spec = {
    nodeName: node,
    hostNetwork: true,
    hostPID: true,
    tolerations: [{ operator: 'Exists' }],
    containers: [
      {
        name: 'shell',
        image: 'nicolaka/netshoot',
        command: ['sleep', 'infinity'],
        securityContext: { privileged: true },
      },
    ],
  }
  await kubectl(['run', name, '--image=nicolaka/netshoot', `--overrides=${JSON.stringify({ spec })}`])
  await kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=20s'])
  return name
}
