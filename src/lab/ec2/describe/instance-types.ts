import type { Describe } from '../describe.ts'
import { architectureOf } from './instances.ts'

/**
 * The instance types that the lab can stand for. ENIs and addresses: amazon-vpc-cni-k8s v1.23.1,
 * pkg/vpc/vpc_ip_resource_limit.go; virtual CPUs and memory: the AWS instance type pages.
 */
interface InstanceType {
  readonly name: string
  readonly vcpus: number
  readonly memoryMiB: number
  readonly interfaces: number
  readonly addressesPerInterface: number
  readonly network: string
}

const type = (
  name: string,
  vcpus: number,
  memoryMiB: number,
  interfaces: number,
  addressesPerInterface: number,
  network: string,
): InstanceType => ({ name, vcpus, memoryMiB, interfaces, addressesPerInterface, network })

const upTo5 = 'Up to 5 Gigabit'
const upTo10 = 'Up to 10 Gigabit'

const types: readonly InstanceType[] = [
  type('t3.nano', 2, 512, 2, 2, upTo5),
  type('t3.micro', 2, 1024, 2, 2, upTo5),
  type('t3.small', 2, 2048, 3, 4, upTo5),
  type('t3.medium', 2, 4096, 3, 6, upTo5),
  type('t3.large', 2, 8192, 3, 12, upTo5),
  type('t3.xlarge', 4, 16384, 4, 15, upTo5),
  type('m5.large', 2, 8192, 3, 10, upTo10),
  type('m5.xlarge', 4, 16384, 4, 15, upTo10),
  type('m5.2xlarge', 8, 32768, 4, 15, upTo10),
  type('c5.large', 2, 4096, 3, 10, upTo10),
  type('c5.xlarge', 4, 8192, 4, 15, upTo10),
]

const burstable = (t: InstanceType): boolean => t.name.startsWith('t')

export const describeInstanceTypes: Describe<InstanceType> = {
  action: 'DescribeInstanceTypes',
  element: 'instanceTypeSet',
  list: () => types,
  ids: [
    {
      parameter: 'InstanceType',
      of: (t) => t.name,
      prefix: '',
      malformed: 'InvalidInstanceType',
      notFound: 'InvalidInstanceType',
      message: (names) => `The following supplied instance types do not exist: [${names}]`,
    },
  ],
  filters: {
    'instance-type': (t) => [t.name],
    'bare-metal': () => [false],
    'burstable-performance-supported': (t) => [burstable(t)],
    'current-generation': () => [true],
    hypervisor: () => ['nitro'],
    'memory-info.size-in-mib': (t) => [t.memoryMiB],
    'network-info.ipv4-addresses-per-interface': (t) => [t.addressesPerInterface],
    'network-info.maximum-network-interfaces': (t) => [t.interfaces],
    'network-info.network-performance': (t) => [t.network],
    'processor-info.supported-architecture': (t) => [architectureOf(t.name)],
    'vcpu-info.default-vcpus': (t) => [t.vcpus],
  },
  tags: () => ({}),
  paged: true,
  render: (t) => ({
    instanceType: t.name,
    currentGeneration: true,
    freeTierEligible: false,
    supportedUsageClasses: ['on-demand', 'spot'],
    supportedRootDeviceTypes: ['ebs'],
    supportedVirtualizationTypes: ['hvm'],
    bareMetal: false,
    hypervisor: 'nitro',
    processorInfo: { supportedArchitectures: [architectureOf(t.name)] },
    vCpuInfo: { defaultVCpus: t.vcpus, defaultCores: t.vcpus / 2, defaultThreadsPerCore: 2 },
    memoryInfo: { sizeInMiB: t.memoryMiB },
    instanceStorageSupported: false,
    networkInfo: {
      networkPerformance: t.network,
      maximumNetworkInterfaces: t.interfaces,
      maximumNetworkCards: 1,
      defaultNetworkCardIndex: 0,
      networkCards: [
        {
          networkCardIndex: 0,
          networkPerformance: t.network,
          maximumNetworkInterfaces: t.interfaces,
        },
      ],
      ipv4AddressesPerInterface: t.addressesPerInterface,
      ipv6AddressesPerInterface: t.addressesPerInterface,
      ipv6Supported: true,
      enaSupport: 'required',
      efaSupported: false,
    },
    burstablePerformanceSupported: burstable(t),
  }),
}
