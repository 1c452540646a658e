import type { CloudView } from '../cloud-view.ts'
import { refuse } from '../fault.ts'
import { requiredText, type QueryTree } from '../query.ts'
import type { XmlObject } from '../xml.ts'

/** DescribeVpcAttribute: one attribute a call. The lab's resolver is always on and nodes have DNS names, as EKS asks. */
const attributes: Readonly<Record<string, boolean>> = {
  enableDnsSupport: true,
  enableDnsHostnames: true,
  enableNetworkAddressUsageMetrics: false,
}

export function vpcAttribute(parameters: QueryTree, view: CloudView): XmlObject {
  const id = requiredText(parameters, 'VpcId')
  if (id !== view.vpc.id) refuse('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`)
  const attribute = requiredText(parameters, 'Attribute')
  const value = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined
  if (value === undefined)
    return refuse(
      'InvalidParameterValue',
      `Value (${attribute}) for parameter attribute is invalid. Unknown attribute.`,
    )
  return { vpcId: id, [attribute]: { value } }
}
