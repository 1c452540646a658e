import type { Eni, Vpc } from '../../../model/vpc/vpc.ts'
import type { Edited } from '../cloud-view.ts'
import { fault } from '../fault.ts'

/** What ModifyNetworkInterfaceAttribute may change in the lab; absent stays as it is. */
export interface InterfaceChange {
  readonly sourceDestCheck?: boolean
  readonly securityGroups?: readonly string[]
  readonly description?: string
}

export function modifyInterface(vpc: Vpc, id: string, change: InterfaceChange): Edited<null> {
  if (!vpc.interfaces.some((eni) => eni.id === id))
    return fault('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`)
  const groups = change.securityGroups ?? []
  const unknown = groups.find((group) => !vpc.securityGroups.some((each) => each.id === group))
  if (unknown !== undefined)
    return fault('InvalidGroup.NotFound', `The security group '${unknown}' does not exist`)
  const changed = (eni: Eni): Eni => ({ ...eni, ...change })
  return {
    vpc: { ...vpc, interfaces: vpc.interfaces.map((eni) => (eni.id === id ? changed(eni) : eni)) },
    made: null,
  }
}

/** ModifyInstanceAttribute speaks of the one ENI of an instance; with several, EC2 wants to know which. */
export function modifyInstance(vpc: Vpc, instance: string, change: InterfaceChange): Edited<null> {
  if (!vpc.instances.some((each) => each.id === instance))
    return fault('InvalidInstanceID.NotFound', `The instance ID '${instance}' does not exist`)
  const enis = vpc.interfaces.filter((eni) => eni.attachment?.instance === instance)
  const [only] = enis
  if (enis.length !== 1 || only === undefined)
    return fault(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${instance}'. Please specify an interface ID for the operation instead.`,
    )
  return modifyInterface(vpc, only.id, change)
}
