import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from '../../src/lab/kubernetes/control-plane.ts'
import { randomToken, writeKubeconfig } from '../../src/lab/kubernetes/kubeconfig.ts'
import { createPki, type Pki } from '../../src/lab/kubernetes/pki.ts'
import type { Sandboxes } from '../../src/lab/sandbox.ts'
import { NamespaceSandboxes } from './namespace-sandboxes.ts'

export interface Said {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** A whole control plane on a loopback port, and the real kubectl for it. */
export interface TestCluster {
  readonly controlPlane: ControlPlane
  readonly sandboxes: NamespaceSandboxes
  readonly pki: Pki
  readonly token: string
  readonly kubeconfig: string
  readonly port: number
  readonly errors: readonly unknown[]
  /** Runs `kubectl …`; the input goes to its standard input. */
  kubectl(args: string, input?: string): Promise<Said>
  /** The environment in which kubectl finds the cluster. */
  readonly environment: Readonly<Record<string, string>>
  stop(): Promise<void>
}

const node = (number: number, host: number, publicAddress: string) => ({
  name: `ip-192-168-${String(number)}-${String(host)}.ap-northeast-2.compute.internal`,
  internalAddress: `192.168.${String(number)}.${String(host)}`,
  externalAddress: publicAddress,
  instanceId: `i-0${String(number).repeat(16)}`,
  instanceType: 't3.medium',
  region: 'ap-northeast-2',
  zone: `ap-northeast-2${'abc'[number - 1] ?? 'a'}`,
  maxPods: 17,
  cpus: 2,
  memoryMiB: 4096,
})

export const nodes = [node(1, 138, '203.0.113.11'), node(2, 77, '203.0.113.12'), node(3, 20, '203.0.113.13')]

export const controlPlaneOptions = (
  pki: Pki,
  token: string,
  sandboxes: Sandboxes,
  onError: (error: unknown) => void,
): ControlPlaneOptions => ({
  sandboxes,
  pki,
  token,
  seed: 7,
  programs: {
    echoServer: [
      process.execPath,
      '--import',
      'tsx',
      join(import.meta.dirname, '../../src/lab/kubernetes/programs/echo-server.ts'),
    ],
    images: [
      {
        // Answers what CoreDNS's ready and health plugins answer.
        repository: 'eks/coredns',
        argv: ['sh', '-c', `exec ${process.execPath} -e "${readyServer}"`],
      },
    ],
  },
  placements: nodes.map(({ name }, index) => ({
    namespace: 'default',
    owner: 'netshoot-pod',
    node: name,
    address: ['192.168.1.239', '192.168.2.31', '192.168.3.143'][index] ?? '',
  })),
  nodes,
  settings: {
    account: '111122223333',
    clusterName: 'podpath-lab',
    region: 'ap-northeast-2',
    vpcId: 'vpc-0123456789abcdef0',
    endpoint: 'https://192.168.0.10',
    cniVersion: 'v1.15.1',
    cniEnvironment: {},
    kubernetesVersion: 'v1.32.9-eks-113cf36',
  },
  apiServers: ['192.168.1.10', '192.168.2.10'],
  netshoot: true,
  resolver: '192.168.0.2',
  onError,
})

export async function startTestCluster(
  change: (options: ControlPlaneOptions) => ControlPlaneOptions = (options) => options,
): Promise<TestCluster> {
  const home = await mkdtemp(join(tmpdir(), 'podpath-kubernetes-'))
  const pki = createPki({ now: Date.now() })
  const token = randomToken()
  const sandboxes = new NamespaceSandboxes()
  const errors: unknown[] = []
  const controlPlane = startControlPlane(
    change(
      controlPlaneOptions(pki, token, sandboxes, (error) => {
        errors.push(error)
      }),
    ),
  )
  const server: Server = createServer({ cert: pki.certificate, key: pki.privateKey })
  server.on('request', controlPlane.api.handle)
  server.on('upgrade', controlPlane.api.upgrade)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const kubeconfig = join(home, 'kubeconfig')
  await writeKubeconfig(kubeconfig, {
    name: 'podpath-lab',
    server: `https://127.0.0.1:${String(port)}`,
    certificateAuthority: pki.certificateAuthority,
    token,
  })
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: kubeconfig, TERM: 'dumb' }
  await controlPlane.ready
  return {
    controlPlane,
    sandboxes,
    pki,
    token,
    kubeconfig,
    port,
    errors,
    environment,
    kubectl: (args, input) => run(`kubectl ${args}`, environment, input),
    async stop() {
      await controlPlane.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await sandboxes.removeAll()
      await rm(home, { recursive: true, force: true })
    },
  }
}

const readyServer =
  "for (const port of [8080, 8181]) require('http').createServer((_, answer) => answer.end('OK')).listen(port)"

/** Runs a line of shell with a time limit of 60 s. */
export function run(line: string, environment: Readonly<Record<string, string>>, input = ''): Promise<Said> {
  return new Promise((resolve) => {
    const child = execFile(
      'bash',
      ['--norc', '-c', line],
      { env: environment, timeout: 60_000, maxBuffer: 32 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : 124
        resolve({ exit, stdout, stderr })
      },
    )
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
