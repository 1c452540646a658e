/** The source/destination check of an ENI, and which security groups it has. */
import type { Edit } from '../../model/fabric/edit.ts'
import type { Eni, Vpc } from '../../model/vpc/vpc.ts'
import { badValue, lacking, notThere } from '../change-error.ts'
import type { Options } from './options.ts'

/** An instance's own attribute is that of its primary ENI (Amazon EC2 user guide, "Source/destination checking"). */
export function attributeEdits(action: string, options: Options, vpc: Vpc): readonly Edit[] {
  const eni = action === 'modify-instance-attribute' ? primaryOf(options, vpc) : interfaceOf(options, vpc)
  const groups = options.all('--groups')
  if (groups.length > 0) return groupEdits(groups, options, eni, vpc)
  const wanted = checkOf(options)
  options.done()
  return eni.sourceDestCheck === wanted
    ? []
    : [{ kind: 'source-dest-check', eni: eni.id, before: eni.sourceDestCheck, after: wanted }]
}

function groupEdits(groups: readonly string[], options: Options, eni: Eni, vpc: Vpc): readonly Edit[] {
  options.done()
  const unknown = groups.find((id) => !vpc.securityGroups.some((group) => group.id === id))
  if (unknown !== undefined) throw notThere(unknown, vpc.id)
  const before = eni.securityGroups
  const isSame = before.length === groups.length && groups.every((id) => before.includes(id))
  return isSame ? [] : [{ kind: 'interface-groups', eni: eni.id, before, after: groups }]
}

function interfaceOf(options: Options, vpc: Vpc): Eni {
  const id = options.needed('--network-interface-id')
  const eni = vpc.interfaces.find((one) => one.id === id)
  if (eni === undefined) throw notThere(id, vpc.id)
  return eni
}

function primaryOf(options: Options, vpc: Vpc): Eni {
  const id = options.needed('--instance-id')
  const eni = vpc.interfaces.find(
    ({ attachment }) => attachment?.instance === id && attachment.deviceIndex === 0,
  )
  if (eni === undefined) throw notThere(id, vpc.id)
  return eni
}

function checkOf(options: Options): boolean {
  if (options.has('--no-source-dest-check')) return false
  if (!options.has('--source-dest-check')) throw lacking('--source-dest-check, --no-source-dest-check')
  const value = options.one('--source-dest-check')
  if (value === null) return true
  // `Value=false`, `{"Value": false}`, or as old releases took it.
  const said = /^\W*(?:Value\W+)?(true|false)\W*$/i.exec(value)?.[1]?.toLowerCase()
  if (said === undefined) throw badValue('--source-dest-check', value)
  return said === 'true'
}
