import { createHash } from 'node:crypto'
import { timestamp } from '../clock.ts'
import type { Draft } from '../objects/meta.ts'
import type { Node } from '../objects/node.ts'

/** An EC2 instance as its kubelet and the cloud controller describe it. */
export interface NodeSpec {
  /** The private DNS name, `ip-192-168-1-138.ap-northeast-2.compute.internal`. */
  readonly name: string
  readonly internalAddress: string
  /** Absent where the instance has no public address. */
  readonly externalAddress?: string
  readonly instanceId: string
  readonly instanceType: string
  readonly region: string
  readonly zone: string
  readonly zoneId?: string
  readonly maxPods: number
  readonly cpus: number
  readonly memoryMiB: number
  readonly nodeGroup?: string
  readonly imageId?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[]
}

export interface NodeSystem {
  /** `v1.32.9-eks-113cf36` */
  readonly kubeletVersion: string
  readonly osImage: string
  readonly kernelVersion: string
  readonly containerRuntime: string
}

export const amazonLinux2: Omit<NodeSystem, 'kubeletVersion'> = {
  osImage: 'Amazon Linux 2',
  kernelVersion: '5.10.245-245.983.amzn2.x86_64',
  containerRuntime: 'containerd://1.7.27',
}

/** The Node object of an instance of a managed node group. */
export function nodeObject(spec: NodeSpec, system: NodeSystem, now: number): Draft<Node> {
  const at = timestamp(now)
  const memoryKi = spec.memoryMiB * 1024 - 131_072
  const capacity = {
    cpu: String(spec.cpus),
    'ephemeral-storage': '20959212Ki',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: `${String(memoryKi)}Ki`,
    pods: String(spec.maxPods),
  }
  // An instance's own number begins with ec2 (systemd takes its machine id from there).
  const machine = `ec2${createHash('md5').update(spec.instanceId).digest('hex').slice(3)}`
  const healthy = (type: string, reason: string, message: string) => ({
    type,
    status: 'False' as const,
    lastHeartbeatTime: at,
    lastTransitionTime: at,
    reason,
    message,
  })
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: spec.name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/instance-type': spec.instanceType,
        'beta.kubernetes.io/os': 'linux',
        'eks.amazonaws.com/capacityType': 'ON_DEMAND',
        'eks.amazonaws.com/nodegroup': spec.nodeGroup ?? 'ng1',
        ...(spec.imageId === undefined ? {} : { 'eks.amazonaws.com/nodegroup-image': spec.imageId }),
        'failure-domain.beta.kubernetes.io/region': spec.region,
        'failure-domain.beta.kubernetes.io/zone': spec.zone,
        'k8s.io/cloud-provider-aws': 'podpath-lab',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': spec.name,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': spec.instanceType,
        'topology.kubernetes.io/region': spec.region,
        'topology.kubernetes.io/zone': spec.zone,
        ...(spec.zoneId === undefined ? {} : { 'topology.k8s.aws/zone-id': spec.zoneId }),
        ...spec.labels,
      },
      annotations: {
        'alpha.kubernetes.io/provided-node-ip': spec.internalAddress,
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: {
      providerID: `aws:///${spec.zone}/${spec.instanceId}`,
      ...(spec.taints === undefined || spec.taints.length === 0 ? {} : { taints: spec.taints }),
    },
    status: {
      capacity,
      allocatable: {
        cpu: `${String(reservedCpu(spec.cpus))}m`,
        'ephemeral-storage': '18242267924',
        'hugepages-1Gi': '0',
        'hugepages-2Mi': '0',
        memory: `${String(memoryKi - reservedMemoryMi(spec.maxPods) * 1024)}Ki`,
        pods: String(spec.maxPods),
      },
      conditions: [
        healthy('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
        healthy('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        healthy('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        {
          type: 'Ready',
          status: 'True',
          lastHeartbeatTime: at,
          lastTransitionTime: at,
          reason: 'KubeletReady',
          message: 'kubelet is posting ready status',
        },
      ],
      addresses: [
        { type: 'InternalIP', address: spec.internalAddress },
        ...(spec.externalAddress === undefined
          ? []
          : [{ type: 'ExternalIP', address: spec.externalAddress }]),
        { type: 'InternalDNS', address: spec.name },
        { type: 'Hostname', address: spec.name },
        ...(spec.externalAddress === undefined
          ? []
          : [
              {
                type: 'ExternalDNS',
                address: `ec2-${spec.externalAddress.replaceAll('.', '-')}.${spec.region}.compute.amazonaws.com`,
              },
            ]),
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
      nodeInfo: {
        machineID: machine,
        systemUUID: asUuid(machine),
        bootID: asUuid(createHash('md5').update(`boot/${spec.instanceId}`).digest('hex')),
        kernelVersion: system.kernelVersion,
        osImage: system.osImage,
        containerRuntimeVersion: system.containerRuntime,
        kubeletVersion: system.kubeletVersion,
        kubeProxyVersion: system.kubeletVersion,
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
    },
  }
}

const asUuid = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** What EKS leaves of the CPU, in thousandths: 6 % of the first core, 1 % of the next, 0.5 % of two more, 0.25 %. */
function reservedCpu(cpus: number): number {
  const taken =
    Math.min(cpus, 1) * 60 +
    Math.min(Math.max(cpus - 1, 0), 1) * 10 +
    Math.min(Math.max(cpus - 2, 0), 2) * 5 +
    Math.max(cpus - 4, 0) * 2.5
  return Math.floor(cpus * 1000 - taken)
}

/** What EKS keeps of the memory for the kubelet, in MiB, with 100 MiB that are never given out. */
const reservedMemoryMi = (maxPods: number): number => 255 + 11 * maxPods + 100
