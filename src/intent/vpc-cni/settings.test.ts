import { describe, expect, test } from 'vitest'
import { formatPrefix } from '../../model/address/prefix.ts'
import { settingsFor, settingsFromEnvironment } from './settings.ts'

const read = (environment: Record<string, string>): ReturnType<typeof settingsFromEnvironment> =>
  settingsFromEnvironment(environment, [1, 23, 1], 'nft')

test('an environment that says nothing is the default', () => {
  expect(read({})).toEqual({ settings: settingsFor('al2023'), problems: [] })
})

test('every variable is read', () => {
  const { settings, problems } = read({
    AWS_VPC_K8S_CNI_EXTERNALSNAT: 'true',
    AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS: ' 10.1.2.3/8 ,172.16.0.0/12',
    AWS_VPC_K8S_CNI_RANDOMIZESNAT: 'hashrandom',
    AWS_VPC_K8S_CNI_CONNMARK: '0x400',
    AWS_VPC_CNI_NODE_PORT_SUPPORT: 'F',
    AWS_VPC_K8S_CNI_VETHPREFIX: 'pod',
    AWS_VPC_ENI_MTU: '1500',
    AWS_EXTERNAL_SERVICE_CIDRS: '198.51.100.0/24',
  })
  expect(problems).toEqual([])
  expect(settings).toMatchObject({
    externalSnat: true,
    randomizeSnat: 'hashrandom',
    connmark: 0x400,
    nodePortSupport: false,
    vethPrefix: 'pod',
    eniMtu: 1500,
    podMtu: 1500,
  })
  expect(settings.excludeSnatCidrs.map(formatPrefix)).toEqual(['10.0.0.0/8', '172.16.0.0/12'])
  expect(settings.externalServiceCidrs.map(formatPrefix)).toEqual(['198.51.100.0/24'])
})

describe('what aws-node cannot parse falls back to the default, and is named', () => {
  test.each([
    ['AWS_VPC_K8S_CNI_EXTERNALSNAT', 'yes', 'not-a-boolean'],
    ['AWS_VPC_K8S_CNI_RANDOMIZESNAT', 'random', 'not-a-choice'],
    ['AWS_VPC_K8S_CNI_CONNMARK', 'eighty', 'not-a-mark'],
    ['AWS_VPC_K8S_CNI_CONNMARK', '0x100000000', 'not-a-mark'],
    ['AWS_VPC_ENI_MTU', '9002', 'not-an-mtu'],
    ['POD_MTU', '575', 'not-an-mtu'],
    ['AWS_VPC_K8S_CNI_VETHPREFIX', 'vlan', 'not-a-prefix'],
    ['AWS_VPC_K8S_CNI_VETHPREFIX', 'a b', 'not-a-prefix'],
    ['AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS', '10.0.0.0', 'not-a-cidr'],
    ['AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS', 'fd00::/8', 'not-ipv4'],
  ])('%s=%s: %s', (variable, value, because) => {
    expect(read({ [variable]: value })).toEqual({
      settings: settingsFor('al2023'),
      problems: [{ variable, value, because }],
    })
  })
})
