import type { MetadataOptions } from '../../model/vpc/vpc.ts'
import type { Action } from './call.ts'
import { modifyMetadataOptions } from './change/metadata-options.ts'
import { metadataXml } from './describe/instances.ts'
import { refuse } from './fault.ts'
import { integerOf, requiredText, textOf, type QueryTree } from './query.ts'
import { change } from './run-edit.ts'

/** One of a few words, or nothing. */
function wordOf<W extends string>(parameters: QueryTree, name: string, words: readonly W[]): W | undefined {
  const given = textOf(parameters, name)
  if (given === undefined) return undefined
  return (
    words.find((word) => word === given) ??
    refuse(
      'InvalidParameterValue',
      `Value (${given.slice(0, 32)}) for parameter ${name} is invalid. Valid values: ${words.join(', ')}.`,
    )
  )
}

function wantedOptions(parameters: QueryTree): Partial<MetadataOptions> {
  const tokens = wordOf(parameters, 'HttpTokens', ['optional', 'required'] as const)
  const endpoint = wordOf(parameters, 'HttpEndpoint', ['enabled', 'disabled'] as const)
  const hopLimit = integerOf(parameters, 'HttpPutResponseHopLimit')
  if (hopLimit !== undefined && (hopLimit < 1 || hopLimit > 64))
    refuse(
      'InvalidParameterValue',
      `Value (${hopLimit}) for parameter HttpPutResponseHopLimit is invalid. It must be between 1 and 64.`,
    )
  const wanted: Partial<MetadataOptions> = {
    ...(tokens === undefined ? {} : { tokens }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(hopLimit === undefined ? {} : { hopLimit }),
  }
  if (Object.keys(wanted).length === 0)
    refuse(
      'InvalidParameterCombination',
      'This lab changes HttpTokens, HttpEndpoint and HttpPutResponseHopLimit; no other option.',
    )
  return wanted
}

/** ModifyInstanceMetadataOptions, in force when it answers. */
export const modifyingMetadata: Action = async (call) => {
  const id = requiredText(call.parameters, 'InstanceId')
  const wanted = wantedOptions(call.parameters)
  const instance = await change(call, (vpc) => modifyMetadataOptions(vpc, id, wanted))
  return { instanceId: id, instanceMetadataOptions: metadataXml(instance, 'pending') }
}
