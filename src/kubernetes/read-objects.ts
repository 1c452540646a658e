import * as z from 'zod'
import { parseIp, type Ip } from '../model/address/address.ts'
import { parsePrefix, type Prefix } from '../model/address/prefix.ts'
import { containers, port, protocol, word } from './read-containers.ts'
import type { Gap } from '../model/result/result.ts'
import type {
  EndpointSlice,
  KubernetesObjects,
  KubernetesPart,
  LabelSelector,
  Namespace,
  NetworkPolicy,
  Pod,
  PolicyPeer,
  PolicyPort,
  PolicyRule,
  Service,
} from '../model/fabric/kubernetes.ts'

/**
 * Reads the lists that `kubectl get … -o json` prints and a bundle keeps in `kubernetes/`. Never throws: an item that
 * does not fit becomes a gap, and its part is then named as missing, so that nothing is concluded from its absence.
 */
export function readKubernetesObjects(lists: Partial<Readonly<Record<KubernetesPart, unknown>>>): {
  readonly seen: KubernetesObjects
  readonly gaps: readonly Gap[]
} {
  const gaps: Gap[] = []
  const missing: KubernetesPart[] = []
  const read = <T>(part: KubernetesPart, schema: z.ZodType<T>): readonly T[] => {
    const list = lists[part]
    if (list === undefined) {
      missing.push(part)
      return []
    }
    const items: unknown =
      typeof list === 'object' && list !== null && 'items' in list ? list.items : undefined
    const at = `kubernetes/${part}.json`
    if (!Array.isArray(items)) {
      missing.push(part)
      gaps.push({ at, what: part, because: 'no list named items in it' })
      return []
    }
    const seen: T[] = []
    let broken = 0
    for (const [index, item] of items.slice(0, mostItems).entries()) {
      const parsed = schema.safeParse(item)
      if (parsed.success) {
        seen.push(parsed.data)
        continue
      }
      const issue = parsed.error.issues[0]
      const because = issue ? `${issue.path.map(String).join('.')}: ${issue.message}` : 'does not fit'
      if (++broken <= mostGaps) gaps.push({ at, what: `items[${index}]`, because })
    }
    if (broken > 0 || items.length > mostItems) missing.push(part)
    if (items.length > mostItems) gaps.push({ at, what: part, because: `more than ${mostItems} items` })
    return seen
  }
  return {
    seen: {
      pods: read('pods', pod),
      services: read('services', service),
      endpointSlices: read('endpointslices', endpointSlice).flatMap((slice) => slice ?? []),
      networkPolicies: read('networkpolicies', networkPolicy),
      namespaces: read('namespaces', namespace),
      missing,
    },
    gaps,
  }
}

/** Kubernetes is tested to 150,000 pods a cluster (kubernetes.io, "Considerations for large clusters"). */
const mostItems = 200_000
const mostGaps = 20

const labels = z
  .record(word, word)
  .nullish()
  .transform((record) => ({ ...record }))

const address = z.string().transform((text, context): Ip => {
  const parsed = parseIp(text)
  if (parsed !== undefined) return parsed
  context.addIssue({ code: 'custom', message: 'not an IP address' })
  return z.NEVER
})

const cidr = z.string().transform((text, context): Prefix => {
  const parsed = parsePrefix(text)
  if (parsed !== undefined) return parsed
  context.addIssue({ code: 'custom', message: 'not a CIDR block' })
  return z.NEVER
})

const metadata = z.object({ namespace: word.default('default'), name: word, labels })

const pod = z
  .object({
    metadata,
    spec: z.object({
      nodeName: word.optional(),
      hostNetwork: z.boolean().default(false),
      containers,
      initContainers: containers,
    }),
    status: z
      .object({
        phase: word.default('Unknown'),
        podIP: address.optional(),
        podIPs: z.array(z.object({ ip: address })).default([]),
        hostIP: address.optional(),
        hostIPs: z.array(z.object({ ip: address })).default([]),
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      })
      .default({ phase: 'Unknown', podIPs: [], hostIPs: [], conditions: [] }),
  })
  .transform(({ metadata: m, spec, status }): Pod => {
    const all = (one: Ip | undefined, several: readonly { readonly ip: Ip }[]): readonly Ip[] =>
      several.length > 0 ? several.map((each) => each.ip) : one === undefined ? [] : [one]
    return {
      namespace: m.namespace,
      name: m.name,
      labels: m.labels,
      nodeName: spec.nodeName ?? null,
      hostNetwork: spec.hostNetwork,
      phase: status.phase,
      ready: status.conditions.some((c) => c.type === 'Ready' && c.status === 'True'),
      addresses: all(status.podIP, status.podIPs),
      hostAddresses: all(status.hostIP, status.hostIPs),
      ports: [...spec.containers, ...spec.initContainers].flatMap((container) =>
        container.ports.map((p) => ({
          name: p.name ?? null,
          containerPort: p.containerPort,
          protocol: p.protocol,
        })),
      ),
      containers: spec.containers.map(({ name, image, env, args }) => ({
        name,
        image,
        environment: env,
        ...(args.length === 0 ? {} : { switches: args }),
      })),
    }
  })

/** `None` stands for a headless service, an empty text for none yet. */
const clusterAddress = z
  .string()
  .transform((text) => (text === 'None' || text === '' ? undefined : parseIp(text)))

const trafficPolicy = z
  .string()
  .optional()
  .transform((text) => (text === 'Local' ? 'Local' : 'Cluster'))

const service = z
  .object({
    metadata,
    spec: z.object({
      type: word.default('ClusterIP'),
      clusterIP: clusterAddress.optional(),
      clusterIPs: z.array(clusterAddress).default([]),
      externalIPs: z.array(address).default([]),
      loadBalancerSourceRanges: z.array(z.string().transform((text) => text.trim())).default([]),
      internalTrafficPolicy: trafficPolicy,
      externalTrafficPolicy: trafficPolicy,
      healthCheckNodePort: port.optional(),
      sessionAffinity: z.string().optional(),
      sessionAffinityConfig: z
        .object({ clientIP: z.object({ timeoutSeconds: z.int().optional() }).nullish() })
        .nullish(),
      selector: z.record(word, word).nullish(),
      ports: z
        .array(
          z.object({
            name: word.optional(),
            protocol,
            port,
            targetPort: z.union([port, word]).optional(),
            nodePort: port.optional(),
          }),
        )
        .default([]),
    }),
    status: z
      .object({
        loadBalancer: z
          .object({
            ingress: z.array(z.object({ ip: address.optional(), ipMode: z.string().optional() })).default([]),
          })
          .default({ ingress: [] }),
      })
      .default({ loadBalancer: { ingress: [] } }),
  })
  .transform(({ metadata: m, spec, status }): Service => {
    const listed = spec.clusterIPs.length > 0 ? spec.clusterIPs : [spec.clusterIP]
    const balanced = status.loadBalancer.ingress.flatMap((each) => each.ip ?? [])
    return {
      namespace: m.namespace,
      name: m.name,
      type: spec.type,
      clusterAddresses: listed.flatMap((each) => each ?? []),
      externalAddresses: [...spec.externalIPs, ...balanced],
      ports: spec.ports.map((p) => ({
        name: p.name ?? null,
        protocol: p.protocol,
        port: p.port,
        targetPort: p.targetPort ?? p.port,
        nodePort: p.nodePort === undefined || p.nodePort === 0 ? null : p.nodePort,
      })),
      selector:
        spec.selector === undefined || spec.selector === null || Object.keys(spec.selector).length === 0
          ? null
          : spec.selector,
      proxying: {
        othersProxy: m.labels['service.kubernetes.io/service-proxy-name'] !== undefined,
        externalAddresses: spec.externalIPs,
        balancerAddresses:
          spec.type === 'LoadBalancer'
            ? status.loadBalancer.ingress.flatMap(({ ip, ipMode }) =>
                ip === undefined || ipMode === 'Proxy' ? [] : [ip],
              )
            : [],
        sourceRanges: spec.loadBalancerSourceRanges.flatMap((text) => parsePrefix(text) ?? []),
        internalTrafficPolicy: spec.internalTrafficPolicy,
        externalTrafficPolicy: spec.externalTrafficPolicy,
        healthCheckNodePort: spec.healthCheckNodePort || null,
        affinitySeconds:
          spec.sessionAffinity === 'ClientIP'
            ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800)
            : null,
      },
    }
  })

const endpointSlice = z
  .object({
    metadata,
    addressType: z.string(),
    ports: z
      .array(z.object({ name: word.nullish(), protocol, port: port.nullish() }))
      .nullish()
      .transform((list) => list ?? []),
    endpoints: z
      .array(
        z.object({
          // An FQDN slice holds host names; kube-proxy ignores it, and so do we.
          addresses: z.array(word),
          conditions: z
            .object({
              ready: z.boolean().nullish(),
              serving: z.boolean().nullish(),
              terminating: z.boolean().nullish(),
            })
            .default({}),
          targetRef: z.object({ kind: z.string().optional(), name: word.optional() }).nullish(),
          nodeName: word.nullish(),
        }),
      )
      .nullish()
      .transform((list) => list ?? []),
  })
  .transform((slice): EndpointSlice | null => {
    const owner = slice.metadata.labels['kubernetes.io/service-name']
    if (owner === undefined || slice.addressType === 'FQDN') return null
    return {
      namespace: slice.metadata.namespace,
      service: owner,
      ports: slice.ports.map((p) => ({
        name: p.name === '' ? null : (p.name ?? null),
        protocol: p.protocol,
        port: p.port ?? null,
      })),
      endpoints: slice.endpoints.map((e) => ({
        addresses: e.addresses.flatMap((text) => parseIp(text) ?? []),
        // discovery/v1: nil counts as true for ready, and serving follows ready.
        ready: e.conditions.ready ?? true,
        serving: e.conditions.serving ?? e.conditions.ready ?? true,
        terminating: e.conditions.terminating ?? false,
        pod: e.targetRef?.kind === 'Pod' ? (e.targetRef.name ?? null) : null,
        nodeName: e.nodeName ?? null,
      })),
    }
  })

const selector = z
  .object({
    matchLabels: labels,
    matchExpressions: z
      .array(
        z.object({
          key: word,
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
          values: z.array(word).nullish(),
        }),
      )
      .nullish(),
  })
  .transform((s): LabelSelector => ({
    matchLabels: s.matchLabels,
    matchExpressions: (s.matchExpressions ?? []).map((e) => ({ ...e, values: e.values ?? [] })),
  }))

const peer = z
  .object({
    ipBlock: z.object({ cidr, except: z.array(cidr).nullish() }).nullish(),
    podSelector: selector.nullish(),
    namespaceSelector: selector.nullish(),
  })
  .transform((p): PolicyPeer =>
    p.ipBlock
      ? { kind: 'ipBlock', cidr: p.ipBlock.cidr, except: p.ipBlock.except ?? [] }
      : { kind: 'pods', namespaceSelector: p.namespaceSelector ?? null, podSelector: p.podSelector ?? null },
  )

const policyPorts = z
  .array(z.object({ protocol, port: z.union([port, word]).nullish(), endPort: port.nullish() }))
  .nullish()

const peers = z
  .array(peer)
  .nullish()
  .transform((list) => list ?? [])
const ports = policyPorts.transform((list) =>
  (list ?? []).map((p): PolicyPort => ({
    protocol: p.protocol,
    port: p.port ?? null,
    endPort: p.endPort ?? null,
  })),
)
const ingressRules = z
  .array(z.object({ from: peers, ports }).transform((r): PolicyRule => ({ peers: r.from, ports: r.ports })))
  .nullish()
  .transform((list) => list ?? [])
const egressRules = z
  .array(z.object({ to: peers, ports }).transform((r): PolicyRule => ({ peers: r.to, ports: r.ports })))
  .nullish()
  .transform((list) => list ?? [])

const networkPolicy = z
  .object({
    metadata,
    spec: z.object({
      podSelector: selector,
      policyTypes: z.array(z.enum(['Ingress', 'Egress'])).nullish(),
      ingress: ingressRules,
      egress: egressRules,
    }),
  })
  .transform(({ metadata: m, spec }): NetworkPolicy => ({
    namespace: m.namespace,
    name: m.name,
    podSelector: spec.podSelector,
    // Left out: Ingress always, Egress where there is an egress rule (networking/v1, NetworkPolicySpec).
    types:
      spec.policyTypes && spec.policyTypes.length > 0
        ? spec.policyTypes
        : spec.egress.length > 0
          ? ['Ingress', 'Egress']
          : ['Ingress'],
    ingress: spec.ingress,
    egress: spec.egress,
  }))

const namespace = z
  .object({ metadata: z.object({ name: word, labels }) })
  .transform(({ metadata: m }): Namespace => ({ name: m.name, labels: m.labels }))
