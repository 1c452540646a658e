import { listAt, numberAt, textAt } from '../edge/fields.ts'

/** What a Service offers, from the cluster's list of services. */
export interface ServicePorts {
  readonly namespace: string
  readonly name: string
  /** Its cluster addresses; none: headless, or of type ExternalName. */
  readonly addresses: readonly string[]
  readonly ports: readonly { readonly port: number; readonly protocol: string }[]
}

/** Reads `kubernetes/services.json` of a bundle; what is no such list has no services. Never throws. */
export function servicePortsOf(list: unknown): readonly ServicePorts[] {
  return listAt(list, 'items').map((item) => {
    const one = textAt(item, 'spec', 'clusterIP')
    const all = listAt(item, 'spec', 'clusterIPs').filter((address) => typeof address === 'string')
    return {
      namespace: textAt(item, 'metadata', 'namespace') ?? '',
      name: textAt(item, 'metadata', 'name') ?? '',
      addresses: (all.length > 0 ? all : one === undefined ? [] : [one]).filter(
        (address) => address !== 'None',
      ),
      ports: listAt(item, 'spec', 'ports').flatMap((port) => {
        const number = numberAt(port, 'port')
        return number === undefined ? [] : [{ port: number, protocol: textAt(port, 'protocol') ?? 'TCP' }]
      }),
    }
  })
}
