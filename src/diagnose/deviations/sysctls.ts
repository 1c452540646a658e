/** The kernel parameters of a node without which it forwards nothing, or drops answers: pods keep whatever they have. */
import type { Deviation, DeviationLine } from '../../model/diagnosis/deviation.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { sysctlLine, sysctlNumber, type Sysctls } from '../../model/stack/sysctl.ts'
import type { NodeFacts } from './node-facts.ts'

interface Wanted {
  readonly what: DeviationLine
  readonly name: string
  readonly value: string
  readonly holds: (value: number) => boolean
}

export function sysctlDeviations({ stack, enis, pods }: NodeFacts): readonly Deviation[] {
  const { sysctls } = stack
  if (sysctls === null) return []
  const primary = enis.find(({ deviceIndex }) => deviceIndex === 0)
  const devices = [...enis.map(({ device }) => device), ...pods.map(({ device }) => device)]
  const everywhere = sysctlNumber(sysctls, 'net.ipv4.conf.all.rp_filter') ?? 0
  const wanted: readonly Wanted[] = [
    ...devices.map((device): Wanted => ({
      what: 'forwarding',
      name: `net.ipv4.conf.${device.replaceAll('.', '/')}.forwarding`,
      value: '1',
      holds: (value) => value === 1,
    })),
    // Answers to what the node rewrote for a pod of a later ENI come in by the primary one: strict filtering drops them.
    ...(primary === undefined
      ? []
      : [
          {
            what: 'rp-filter' as const,
            name: `net.ipv4.conf.${primary.device.replaceAll('.', '/')}.rp_filter`,
            value: '2',
            holds: (value: number) => Math.max(value, everywhere) !== 1,
          },
        ]),
  ]
  if (sysctlNumber(sysctls, 'net.ipv4.ip_forward') === 0) return [forwardingOff(stack.id, sysctls)]
  return wanted.flatMap(({ what, name, value, holds }): readonly Deviation[] => {
    const now = sysctlNumber(sysctls, name)
    if (now === undefined || holds(now)) return []
    return [
      {
        stack: stack.id,
        what,
        kind: 'different',
        line: sysctlLine(sysctls, name),
        expected: `${name} = ${value}`,
        author: 'unknown',
        edits: [{ stack: stack.id, kind: 'sysctl', name, before: sysctls.get(name) ?? null, after: value }],
      },
    ]
  })
}

/** The one parameter sets that of every interface with it (devinet_sysctl_forward). */
const forwardingOff = (stack: StackId, sysctls: Sysctls): Deviation => ({
  stack,
  what: 'forwarding',
  kind: 'different',
  line: sysctlLine(sysctls, 'net.ipv4.ip_forward'),
  expected: 'net.ipv4.ip_forward = 1',
  author: 'unknown',
  edits: [...sysctls]
    .filter(
      ([name, value]) => value === '0' && /^net\.ipv4\.(ip_forward|conf\.[^.]+\.forwarding)$/.test(name),
    )
    .toSorted(([a], [b]) => Number(b === 'net.ipv4.ip_forward') - Number(a === 'net.ipv4.ip_forward'))
    .map(([name, before]) => ({ stack, kind: 'sysctl', name, before, after: '1' })),
})
