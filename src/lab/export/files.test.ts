import { describe, expect, test } from 'vitest'
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

  test('every reference of the template is to something that it has', () => {
    const template = content('vpc.yaml') as { Parameters: object; Resources: Record<string, object> }
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
      Properties: { NetworkInterfaces: [{ PrivateIpAddress: '192.168.1.100' }] },
    })
  })

  test('the placeholders are those that create.sh replaces, and only in the cluster’s file', () => {
    const script = String(content('create.sh'))
    const cluster = JSON.stringify(content('cluster.yaml'))
    for (const placeholder of ['VPC_ID', 'KEY_NAME']) {
      expect(script).toContain(`s/${placeholder}/`)
      expect(cluster.split(placeholder)).toHaveLength(2)
    }
  })

  test('another lab, other files', () => {
    const cluster = filesOf({ nodes: 5, instanceType: 't3.large' }).get('cluster.yaml')?.content
    expect(cluster).toMatchObject({ managedNodeGroups: [{ instanceType: 't3.large', desiredCapacity: 5 }] })
  })
})
