import type { Instance, MetadataOptions, Vpc } from '../../../model/vpc/vpc.ts'
import type { Edited } from '../cloud-view.ts'
import { usualMetadataOptions } from '../describe/instances.ts'
import { fault } from '../fault.ts'

/** ModifyInstanceMetadataOptions: what is absent stays as it is. Made is the instance as it is then. */
export function modifyMetadataOptions(
  vpc: Vpc,
  id: string,
  change: Partial<MetadataOptions>,
): Edited<Instance> {
  const instance = vpc.instances.find((each) => each.id === id)
  if (!instance) return fault('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`)
  const made: Instance = {
    ...instance,
    metadataOptions: { ...(instance.metadataOptions ?? usualMetadataOptions), ...change },
  }
  return {
    vpc: { ...vpc, instances: vpc.instances.map((each) => (each.id === id ? made : each)) },
    made,
  }
}
