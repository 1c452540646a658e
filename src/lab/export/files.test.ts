import { describe, expect, test } from 'vitest'
import { subnetKinds } from '../plan/subnets.ts'
import { defaultLab, planTopology } from '../plan/topology.ts'
import { eksctlFiles } from './files.ts'
import { labVersions } from './versions.ts'

const filesOf = (more: Partial<typeof defaultLab> = {}) =>
  new Map(
    eksctlFiles(planTopology({ ...defaultLab, ...more }), labVersions('al2')).map((file) => [
      file.name,
      file,
    ]),
  )
const content = (name: string): unknown => filesOf().get(name)?.content

describe('the files that build the lab’s cluster in AWS', () => {
  test('the cluster has the lab’s VPC, subnets, zones, nodes and version', () => {
    expect(content('cluster.yaml')).toMatchObject({
      apiVersion: 'eksctl.io/v1alpha5',
      kind: 'ClusterConfig',
      metadata: { name: 'podpath-lab', region: 'ap-northeast-2', version: '1.32' },
      vpc: {
        id: 'VPC_ID',
        cidr: '192.168.0.0/16',
        subnets: {
          public: {
            'ap-northeast-2a': { cidr: '192.168.1.0/24' },
            'ap-northeast-2b': { cidr: '192.168.2.0/24' },
            'ap-northeast-2c': { cidr: '192.168.3.0/24' },
          },
        },
      },
      managedNodeGroups: [
        { instanceType: 't3.medium', desiredCapacity: 3, ssh: { publicKeyName: 'KEY_NAME' } },
      ],
    })
  })

  test.each(subnetKinds)(
    'every reference of the template is to something that it has: %s subnets',
    (subnets) => {
      const template = filesOf({ subnets }).get('vpc.yaml')?.content as {
        Parameters: object
        Resources: Record<string, object>
      }
      const known = new Set([...Object.keys(template.Parameters), ...Object.keys(template.Resources)])
      const text = JSON.stringify(template)
      const named = [
        ...text.matchAll(/"Ref":"(\w+)"/g),
        ...text.matchAll(/"DependsOn":"(\w+)"/g),
        ...text.matchAll(/"Fn::GetAtt":\["(\w+)"/g),
      ].map(([, name]) => name)
      expect(named.length).toBeGreaterThan(10)
      expect(named.filter((name) => !known.has(name ?? ''))).toEqual([])
      expect(template.Resources['Bastion']).toMatchObject({
        Properties: {
          NetworkInterfaces: [
            { PrivateIpAddress: subnets === 'public' ? '192.168.1.100' : '192.168.10.100' },
          ],
        },
      })
    },
  )

  test('the placeholders are those that create.sh replaces, and only in the cluster’s file', () => {
    const script = String(content('create.sh'))
    const cluster = JSON.stringify(content('cluster.yaml'))
    for (const placeholder of ['VPC_ID', 'KEY_NAME']) {
      expect(script).toContain(`s/${placeholder}/`)
      expect(cluster.split(placeholder)).toHaveLength(2)
    }
  })

  test('private nodes: private networking, and a NAT gateway that everything private leaves by', () => {
    const files = filesOf({ subnets: 'private' })
    expect(files.get('cluster.yaml')?.content).toMatchObject({
      vpc: {
        subnets: {
          public: { 'ap-northeast-2a': { cidr: '192.168.10.0/24' } },
          private: { 'ap-northeast-2c': { cidr: '192.168.3.0/24' } },
        },
      },
      managedNodeGroups: [
        {
          privateNetworking: true,
          subnets: ['ap-northeast-2a', 'ap-northeast-2b', 'ap-northeast-2c'],
        },
      ],
    })
    const { Resources } = files.get('vpc.yaml')?.content as { Resources: Record<string, object> }
    expect(Resources['PrivateSubnet1Routes']).toMatchObject({
      Properties: { RouteTableId: { Ref: 'PrivateRouteTable' } },
    })
    expect(Resources['PrivateDefaultRoute']).toMatchObject({
      Properties: { NatGatewayId: { Ref: 'NatGateway' } },
    })
    expect(Resources['NatGateway']).toMatchObject({ Properties: { SubnetId: { Ref: 'PublicSubnet4' } } })
    expect(Resources['Bastion']).toMatchObject({
      Properties: {
        NetworkInterfaces: [{ SubnetId: { Ref: 'PublicSubnet4' }, PrivateIpAddress: '192.168.10.100' }],
      },
    })
  })

  test('prefixes: the add-on is told, and the nodes take more pods', () => {
    const cluster = filesOf({ prefixDelegation: true }).get('cluster.yaml')?.content as {
      readonly addons: readonly { readonly name: string; readonly configurationValues?: string }[]
    }
    expect(cluster).toMatchObject({ managedNodeGroups: [{ maxPodsPerNode: 110 }] })
    const values = cluster.addons.find(({ name }) => name === 'vpc-cni')?.configurationValues ?? ''
    expect(JSON.parse(values)).toMatchObject({ env: { ENABLE_PREFIX_DELEGATION: 'true' } })
  })

  test('another lab, other files', () => {
    const cluster = filesOf({ nodes: 5, instanceType: 't3.large' }).get('cluster.yaml')?.content
    expect(cluster).toMatchObject({ managedNodeGroups: [{ instanceType: 't3.large', desiredCapacity: 5 }] })
  })
})
