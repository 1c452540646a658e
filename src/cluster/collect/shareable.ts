import { listOf } from '../../edge/fields.ts'

/** What a container is told; it may hold secrets, and says nothing about the network. */
const ofContainers: ReadonlySet<string> = new Set(['env', 'envFrom', 'args', 'command'])
const containerLists: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers'])
/**
 * Except what says how the network is set up: the variables of the Amazon VPC CNI, which hold no secrets
 * (github.com/aws/amazon-vpc-cni-k8s, README, "CNI Configuration Variables").
 */
const ofNetworks =
  /^(AWS_VPC_K8S_CNI_(EXTERNALSNAT|EXCLUDE_SNAT_CIDRS|RANDOMIZESNAT|CONNMARK|VETHPREFIX|CUSTOM_NETWORK_CFG)|AWS_VPC_CNI_NODE_PORT_SUPPORT|AWS_VPC_ENI_MTU|POD_MTU|AWS_EXTERNAL_SERVICE_CIDRS|ENABLE_(PREFIX_DELEGATION|POD_ENI|IPv4|IPv6|V6_EGRESS|V4_EGRESS)|POD_SECURITY_GROUP_ENFORCING_MODE|NETWORK_POLICY_ENFORCING_MODE|DISABLE_TCP_EARLY_DEMUX|DISABLE_NETWORK_RESOURCE_PROVISIONING|(WARM|MINIMUM)_(ENI|IP|PREFIX)_TARGET)$/
/** And the switch of the network policy agent (github.com/aws/aws-network-policy-agent, README). */
const policySwitch = /^--enable-network-policy=(true|false)$/
/** May hold the same once more. */
const appliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'
const mostDepth = 40

/** A Kubernetes object as it may stand in a bundle, which people send each other: without environments and command lines. */
export function shareable(object: unknown): unknown {
  return copy(object, '', 0)
}

function copy(value: unknown, list: string, depth: number): unknown {
  if (depth > mostDepth) return null
  if (Array.isArray(value)) return value.map((one) => copy(one, list, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  const inContainer = containerLists.has(list)
  const kept = Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key]) =>
          key !== 'managedFields' && key !== appliedAnnotation && !(inContainer && ofContainers.has(key)),
      )
      .map(([key, one]) => [key, copy(one, key, depth + 1)]),
  )
  if (!inContainer) return kept
  const { env, args } = value as { readonly env?: unknown; readonly args?: unknown }
  const told = toldOf(env)
  const switches = listOf(args).filter((one) => typeof one === 'string' && policySwitch.test(one))
  return {
    ...kept,
    ...(told.length === 0 ? {} : { env: told }),
    ...(switches.length === 0 ? {} : { args: switches }),
  }
}

/** Of a container's environment, what may be told. */
function toldOf(environment: unknown): readonly { readonly name: string; readonly value: string }[] {
  if (!Array.isArray(environment)) return []
  return (environment as unknown[]).flatMap((one) => {
    const { name, value } = (one ?? {}) as { readonly name?: unknown; readonly value?: unknown }
    return typeof name === 'string' && typeof value === 'string' && ofNetworks.test(name)
      ? [{ name, value }]
      : []
  })
}
