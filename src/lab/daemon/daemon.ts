import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kubernetesVersion } from '../kubernetes-version.ts'
import { formatCniVersion } from '../../intent/vpc-cni/cni-version.ts'
import { ip4Of } from '../../model/address/address.ts'
import { createDataplane, type Dataplane } from '../dataplane/dataplane.ts'
import type { LiveNode } from '../dataplane/node.ts'
import type { Credential } from '../ec2/cloud-view.ts'
import { startControlPlane, type ControlPlane } from '../kubernetes/control-plane.ts'
import type { NodeSpec } from '../kubernetes/bootstrap/node-object.ts'
import { kubeconfig, randomToken } from '../kubernetes/kubeconfig.ts'
import { readLateLibraries } from '../kubernetes/late-libraries.ts'
import { createPki } from '../kubernetes/pki.ts'
import { serveDns } from '../names/dns-server.ts'
import { createResolver } from '../names/resolver.ts'
import { vpcZone } from '../names/vpc-zone.ts'
import { asGuest } from '../namespaces/guests.ts'
import { labDirectory, programRoot } from '../namespaces/root/lab-script.ts'
import { inside } from '../namespaces/namespace-set.ts'
import { instanceTypes, maxPods } from '../plan/instance-type.ts'
import { planTopology, type Topology } from '../plan/topology.ts'
import { awsProfile, programDirectory } from '../ssh/bastion-login.ts'
import { createLabLogin } from '../ssh/lab-login.ts'
import { loginPath, sshdCommand } from '../ssh/node-login.ts'
import { awsEndpoint, insideEndpoint, serveAws, serveKubernetes } from './api-doors.ts'
import type { DaemonConfiguration, DaemonMessage } from './configuration.ts'
import { eksAuthenticator } from './eks-authenticator.ts'
import { keepRunning } from './keep-running.ts'
import { errorLog } from './error-log.ts'
import { layOutMachine } from './machine-files.ts'
import { openNodeDoors } from './node-doors.ts'
import { programs, zoneFile } from './programs.ts'
import { isStopped } from './stopped.ts'
import { LabWatch } from './watch.ts'

export interface DaemonOptions {
  readonly configuration: DaemonConfiguration
  readonly say: (message: DaemonMessage) => void
}

const report = errorLog((text) => process.stderr.write(text))

/** Builds the lab and serves it until the process ends. Resolves when every pod runs. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { configuration, say } = options
  const topology = planTopology(configuration.options)
  const progress = (step: string): void => {
    say({ kind: 'progress', step })
  }
  const zone = join(labDirectory, 'zone')
  layOutMachine()
  const [pki, dataplane] = await Promise.all([
    createPki({
      // EKS writes its names in capitals; certificates and Host headers are compared in small letters.
      names: [topology.clusterEndpoint.toLowerCase()],
      addresses: [topology.controlPlane.address],
      now: Date.now(),
    }),
    createDataplane({
      topology,
      groups: configuration.groups,
      bastionBinds: configuration.clientPrograms
        .flatMap((one) => (one.kind === 'found' ? one.binds : []))
        // What is there in the lab's root is seen by its path there; podpath's own directory everybody sees.
        .filter(([, to]) => !to.startsWith(`${programRoot}/`))
        .map(([, to]) => [to, to] as const),
      progress,
      onError: report,
    }),
  ])
  const watch = new LabWatch(isStopped)
  keepRunning({
    part: { kind: 'internet', name: Object.keys(topology.internet.names).join(', ') },
    start: () => startInternet(topology, dataplane),
    watch,
    onEnded: (how) => report(`the internet ended (${how})`),
  })
  await serveResolver(topology)

  progress('pods')
  const token = randomToken()
  const endpoint = `https://127.0.0.1:${configuration.ports.kubernetes}`
  const credential = newCredential(topology)
  const controlPlane = startControlPlane({
    sandboxes: dataplane.sandboxes,
    pki,
    token,
    authenticators: [eksAuthenticator(topology.clusterName, () => [credential])],
    seed: topology.options.seed,
    programs,
    placements: placementsOf(topology),
    hosts: [topology.controlPlane.address, topology.clusterEndpoint],
    serviceProxy: { sync: (services) => dataplane.syncServices(services) },
    networkPlugin: { configure: (node, environment) => dataplane.configureNetwork(node, environment) },
    onDnsZone: (records) => {
      replaceFile(join(zone, zoneFile), JSON.stringify(records))
    },
    onError: report,
    resolver: topology.resolver,
    nodes: topology.nodes.map((node): NodeSpec => nodeSpec(topology, node)),
    ...(topology.options.ami === 'al2023'
      ? {
          system: {
            osImage: 'Amazon Linux 2023.9.20251014',
            kernelVersion: '6.12.46-66.121.amzn2023.x86_64',
            containerRuntime: 'containerd://2.1.4',
          },
        }
      : {}),
    settings: {
      account: topology.account,
      clusterName: topology.clusterName,
      region: topology.region,
      vpcId: topology.vpc.id,
      endpoint: insideEndpoint(topology),
      cniVersion: formatCniVersion(dataplane.settings.version),
      cniEnvironment: topology.options.prefixDelegation ? { ENABLE_PREFIX_DELEGATION: 'true' } : {},
      kubernetesVersion,
    },
    apiServers: [topology.controlPlane.address],
    netshoot: true,
  })
  watchEnds(watch, dataplane, controlPlane)
  serveKubernetes({ controlPlane, pki, topology, watch, token, onError: report })
  serveAws({ topology, dataplane, pki, endpoint, credential, onError: report })
  const [login] = await Promise.all([
    createLabLogin({
      topology,
      dataplane,
      kubeconfig: kubeconfig({
        name: topology.clusterName,
        server: insideEndpoint(topology),
        certificateAuthority: pki.certificateAuthority,
        token,
      }),
      aws: {
        endpoint: awsEndpoint(topology),
        region: topology.region,
        accessKeyId: credential.accessKeyId,
        secretAccessKey: credential.secretAccessKey,
      },
      programs: configuration.clientPrograms,
    }),
    controlPlane.ready,
  ])
  say({
    kind: 'ready',
    kubeconfig: {
      name: topology.clusterName,
      server: endpoint,
      certificateAuthority: pki.certificateAuthority,
      token,
    },
    aws: {
      endpoint: `http://127.0.0.1:${configuration.ports.aws}`,
      region: topology.region,
      accessKeyId: credential.accessKeyId,
      secretAccessKey: credential.secretAccessKey,
    },
    environment: Object.fromEntries(
      topology.nodes.slice(0, 3).map((node, index) => [`N${index + 1}`, node.address]),
    ),
    shell: {
      door: { pid: dataplane.bastion.pid },
      address: topology.bastion.address,
      environment: shellEnvironment(topology),
      withoutSsh: login.refused,
    },
  })
  readLateLibraries().catch(report)
  if (login.refused === null) openNodeDoors(controlPlane, dataplane, report)
  login
    .openNodes((node) =>
      keepRunning({
        part: { kind: 'sshd', name: node.plan.name },
        start: () => (node.ended ? null : startSshd(node)),
        watch,
        onEnded: (how) => report(`sshd of ${node.plan.name} ended (${how})`),
      }),
    )
    .catch(report)
}

/** What the earlier chapters of the tutorial leave in a shell, and where kubectl and aws find what they need. */
const shellEnvironment = (topology: Topology): Readonly<Record<string, string>> => ({
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/bash',
  PATH: `${programDirectory}:${loginPath}`,
  KUBECONFIG: '/root/.kube/config',
  AWS_PROFILE: awsProfile,
  AWS_REGION: topology.region,
  AWS_DEFAULT_REGION: topology.region,
  AWS_ENDPOINT_URL: awsEndpoint(topology),
  // A pager would stop a script.
  AWS_PAGER: '',
  ACCOUNT_ID: topology.account,
  CLUSTER_NAME: topology.clusterName,
})

/** Where the tutorial's pods and CoreDNS go; whatever else comes is the scheduler's and ipamd's to place. */
const placementsOf = (topology: Topology) => [
  ...topology.placements.netshoot.map((place) => ({ ...place, namespace: 'default', owner: 'netshoot-pod' })),
  ...topology.placements.coredns.map((place) => ({ ...place, namespace: 'kube-system', owner: 'coredns' })),
]

function nodeSpec(topology: Topology, node: Topology['nodes'][number]): NodeSpec {
  const { instanceType, prefixDelegation } = topology.options
  return {
    name: node.name,
    internalAddress: node.address,
    ...(node.publicAddress === null ? {} : { externalAddress: node.publicAddress }),
    instanceId: node.instance,
    instanceType,
    region: topology.region,
    zone: node.zone,
    maxPods: maxPods(instanceType, prefixDelegation),
    cpus: instanceTypes[instanceType].cpus,
    memoryMiB: instanceTypes[instanceType].memoryMiB,
  }
}

/** The one user of the lab's account. */
const newCredential = (topology: Topology): Credential => ({
  accessKeyId: `AKIA${randomBytes(10).toString('hex').toUpperCase().slice(0, 16)}`,
  secretAccessKey: randomBytes(30).toString('base64'),
  arn: `arn:aws:iam::${topology.account}:user/podpath`,
  userId: 'AIDAPODPATHLABSTUDENT',
})

/** The VPC's resolver, at the VPC's base + 2, in the daemon's own namespace. */
async function serveResolver(topology: Topology): Promise<void> {
  const resolver = createResolver({
    zone: vpcZone({
      region: topology.region,
      vpcCidrs: topology.vpc.prefixes,
      hosts: [
        ...Object.entries(topology.internet.names),
        ...['ec2', 'sts', 'eks'].map(
          (service) =>
            [`${service}.${topology.region}.amazonaws.com`, topology.controlPlane.address] as const,
        ),
        [topology.clusterEndpoint, topology.controlPlane.address] as const,
      ].map(([name, address]) => ({ name, address: ip4Of(address) })),
    }),
  })
  await serveDns({
    address: topology.resolver,
    port: 53,
    handle: (query, overTcp) => resolver.handle(query, overTcp),
    onError: report,
  })
}

/** The hosts of the internet: one program in the internet's namespace. */
function startInternet(topology: Topology, dataplane: Dataplane): ChildProcess {
  const [enter, ...rest] = asGuest(dataplane.guests)
  return spawn(
    enter,
    [
      ...rest,
      `--net=${dataplane.network.internet.file}`,
      `${programRoot}/node`,
      `${programRoot}/dist/lab/names/internet.js`,
      ...Object.entries(topology.internet.names).map(([name, address]) => `${name}=${address}`),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
}

/** A node's sshd; it does not outlive whoever entered the node for it. */
const startSshd = ({ set }: LiveNode): ChildProcess => {
  const [enter, ...rest] = inside(set)
  return spawn(enter, [...rest, 'setpriv', '--pdeathsig', 'KILL', ...sshdCommand], { stdio: 'ignore' })
}

/** Tells the watch, and Kubernetes, of what ended and does not come back, and the watch whose processes they are. */
function watchEnds(watch: LabWatch, dataplane: Dataplane, controlPlane: ControlPlane): void {
  for (const [name, { set, shell }] of dataplane.nodes) {
    // A node's first process cannot be stopped from within it; the daemon's own shell there can.
    watch.follow({ kind: 'node', name }, () => [set.pid, ...(shell.openPid === null ? [] : [shell.openPid])])
    void set.ended.then(() => {
      watch.ended({ kind: 'node', name })
      controlPlane.nodeEnded(name)
    })
  }
  for (const [part, { pid, ended }] of [
    [{ kind: 'bastion', name: 'bastion' }, dataplane.bastion],
    [{ kind: 'frame', name: 'namespaces' }, dataplane.frame],
  ] as const) {
    watch.follow(part, () => [pid])
    void ended.then(() => watch.ended(part))
  }
}

/** A reader sees the old text or the new, never half of one. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}
