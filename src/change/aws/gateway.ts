/** The VPC's internet gateway: attached, and taken away. */
import type { Edit } from '../../model/fabric/edit.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import { badValue, notThere, thereAlready } from '../change-error.ts'
import type { Options } from './options.ts'

export function gatewayEdits(action: string, options: Options, vpc: Vpc): readonly Edit[] {
  const gateway = options.needed('--internet-gateway-id')
  const of = options.needed('--vpc-id')
  options.done()
  if (of !== vpc.id) throw notThere(of, vpc.id)
  if (!gateway.startsWith('igw-')) throw badValue('--internet-gateway-id', gateway)
  const isThere = vpc.internetGateways.includes(gateway)
  if (action === 'attach-internet-gateway') {
    // A VPC has one at the most.
    const [other] = vpc.internetGateways
    if (other !== undefined) throw thereAlready(other, vpc.id)
    return [{ kind: 'internet-gateway', before: null, after: gateway }]
  }
  if (!isThere) throw notThere(gateway, vpc.id)
  return [{ kind: 'internet-gateway', before: gateway, after: null }]
}
