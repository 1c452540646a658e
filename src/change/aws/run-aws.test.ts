import { beforeAll, describe, expect, test } from 'vitest'
import { recordedLab } from '../../diagnose/recorded.fixture.ts'
import { predict } from '../../forward/walk/predict.ts'
import { ip } from '../../model/address/address.ts'
import { TCP } from '../../model/packet/packet.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import { worldOf, type World } from '../world.ts'
import { runAws } from './run-aws.ts'

let healthy: World
beforeAll(async () => {
  const { compiled, objects } = await recordedLab('private')
  healthy = worldOf(compiled, objects)
})

const vpcOf = (world: World): Vpc => world.compiled.fabric.vpc!
const node = (): string =>
  healthy.compiled.fabric.stacks.find(({ id }) => id.startsWith('node/ip-192-168-1'))!.id
const toInternet = (world: World): readonly string[] =>
  predict(world.compiled, {
    from: node(),
    to: ip('198.51.100.100'),
    protocol: TCP,
    destinationPort: 443,
  }).paths.map(({ verdict }) => verdict)

const subnetOfNode = (): string => {
  const address = ip(/ip-([\d-]+)\./.exec(node())![1]!.replaceAll('-', '.'))
  return vpcOf(healthy).interfaces.find(({ addresses }) => addresses.some((one) => one.address === address))!
    .subnet
}
const associationOf = (subnet: string | null): string =>
  vpcOf(healthy)
    .routeTables.flatMap(({ associations = {} }) => Object.entries(associations))
    .find(([, of]) => of === subnet)![0]
const mainTable = (): string => vpcOf(healthy).routeTables.find(({ main }) => main)!.id

describe('associations by their own ids', () => {
  test('a subnet that gets a table without a way out reaches the internet no more, and does when it gets its own back', () => {
    expect(toInternet(healthy)).toEqual(['delivered'])
    const own = vpcOf(healthy).routeTables.find(({ subnets }) => subnets.includes(subnetOfNode()))!.id
    const association = associationOf(subnetOfNode())
    const without = runAws(
      healthy,
      `aws ec2 replace-route-table-association --association-id ${association} --route-table-id ${mainTable()}`,
    )
    expect(toInternet(without)).toEqual(['dropped'])
    const again = runAws(
      without,
      `associate-route-table --subnet-id ${subnetOfNode()} --route-table-id ${own}`,
    )
    expect(toInternet(again)).toEqual(['delivered'])
  })
  test('a subnet without a table of its own has the main one', () => {
    const without = runAws(
      healthy,
      `disassociate-route-table --association-id ${associationOf(subnetOfNode())}`,
    )
    expect(toInternet(without)).toEqual(['dropped'])
  })
  test('the main table’s own association makes another the main one', () => {
    const other = vpcOf(healthy).routeTables.find(({ main }) => !main)!.id
    const after = runAws(
      healthy,
      `replace-route-table-association --association-id ${associationOf(null)} --route-table-id ${other}`,
    )
    expect(vpcOf(after).routeTables.flatMap(({ id, main }) => (main ? [id] : []))).toEqual([other])
  })
  test('that of the main table cannot be taken away, and one that is not there is refused', () => {
    expect(() =>
      runAws(healthy, `disassociate-route-table --association-id ${associationOf(null)}`),
    ).toThrow()
    expect(() => runAws(healthy, 'disassociate-route-table --association-id rtbassoc-0')).toThrow(
      'rtbassoc-0',
    )
  })
})

describe('what an ENI or a subnet is given', () => {
  test('other security groups are the ENI’s from then on', () => {
    const eni = vpcOf(healthy).interfaces.find(({ attachment }) => attachment !== null)!
    const other = vpcOf(healthy).securityGroups.find(({ id }) => !eni.securityGroups.includes(id))!.id
    const after = runAws(
      healthy,
      `modify-network-interface-attribute --network-interface-id ${eni.id} --groups ${other}`,
    )
    expect(vpcOf(after).interfaces.find(({ id }) => id === eni.id)!.securityGroups).toEqual([other])
    expect(() =>
      runAws(healthy, `modify-network-interface-attribute --network-interface-id ${eni.id} --groups sg-0`),
    ).toThrow('sg-0')
  })
  test('a network ACL in place of another', () => {
    const vpc = vpcOf(healthy)
    const acl = vpc.networkAcls.find(({ associations }) => associations !== undefined)!
    const [association, subnet] = Object.entries(acl.associations!)[0]!
    const there = `replace-network-acl-association --association-id ${association} --network-acl-id ${acl.id}`
    expect(runAws(healthy, there).edits).toEqual([])
    expect(acl.subnets).toContain(subnet)
    expect(() =>
      runAws(
        healthy,
        `replace-network-acl-association --association-id ${association} --network-acl-id acl-0`,
      ),
    ).toThrow('acl-0')
  })
})
