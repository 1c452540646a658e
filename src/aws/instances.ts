import * as z from 'zod'
import type { Instance, MetadataOptions } from '../model/vpc/vpc.ts'
import { id, readItems, tags, text, type Reading } from './reading.ts'
import type { InVpc } from './subnets.ts'

/** Absent where AWS did not say; a value that is not known is left out as well, for nothing here decides by it. */
const metadataOptions = z
  .object({
    HttpTokens: z.enum(['optional', 'required']),
    HttpPutResponseHopLimit: z.number().int(),
    HttpEndpoint: z.enum(['enabled', 'disabled']),
  })
  .transform((options): MetadataOptions => ({
    tokens: options.HttpTokens,
    hopLimit: options.HttpPutResponseHopLimit,
    endpoint: options.HttpEndpoint,
  }))
  .optional()
  .catch(undefined)

const instance = z
  .object({
    InstanceId: id,
    InstanceType: text.default(''),
    PrivateDnsName: text.default(''),
    VpcId: id.optional(),
    Placement: z.object({ AvailabilityZone: id.optional() }).default({}),
    Tags: tags,
    MetadataOptions: metadataOptions,
  })
  .transform((i): InVpc<Instance> | null =>
    // A terminated instance has left its VPC.
    i.VpcId === undefined
      ? null
      : {
          vpc: i.VpcId,
          value: {
            id: i.InstanceId,
            type: i.InstanceType,
            privateDnsName: i.PrivateDnsName,
            zone: i.Placement.AvailabilityZone ?? '',
            tags: i.Tags,
            ...(i.MetadataOptions ? { metadataOptions: i.MetadataOptions } : {}),
          },
        },
  )

const reservation = z.object({ Instances: z.array(instance).default([]) }).transform((r) => r.Instances)

/** `aws ec2 describe-instances` */
export function readInstances(json: unknown): Reading<readonly InVpc<Instance>[]> {
  const { seen, gaps } = readItems('ec2/instances.json', json, 'Reservations', reservation)
  return { seen: seen.flat().filter((i) => i !== null), gaps }
}
