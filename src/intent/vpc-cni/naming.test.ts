import { expect, test } from 'vitest'
import { atLeast, formatCniVersion, parseCniVersion } from './cni-version.ts'
import { instanceLimits, maxPods } from './instance-limits.ts'
import { tableNumber } from './table-number.ts'
import { vethName } from './veth-name.ts'

test.each([
  ['default', 'netshoot-pod-79b47d6c48-4xk2p', 0, 'eni211a53c4e3b', 'sha1sum'],
  ['kube-system', 'coredns-57ff979f67-qqbdh', 0, 'enib5faff8a083', "the CNI's own test"],
  ['default', 'sample-pod', 0, 'enicc21c2d7785', "the CNI's own test"],
  ['default', 'nginx', 0, 'enic440f455693', 'seen on a node of EKS 1.24'],
  [
    'default',
    'netshoot-pod-79b47d6c48-4xk2p',
    1,
    'eni16641eec9bf',
    'the second interface of a multi-NIC pod',
  ],
])('the veth of %s/%s, NIC %i, is %s: %s', (namespace, pod, nic, want) => {
  expect(vethName('eni', namespace, pod, nic)).toBe(want)
})

test.each([
  { slot: { deviceIndex: 0 }, want: 'main' },
  { slot: { deviceIndex: 1 }, want: 2 },
  { slot: { deviceIndex: 2 }, want: 3 },
  { slot: { deviceIndex: 0, networkCard: 1 }, want: 10100 },
  { slot: { deviceIndex: 3, networkCard: 2 }, want: 10203 },
])('the table of $slot is $want', ({ slot, want }) => {
  expect(tableNumber(slot)).toBe(want)
})

test.each([
  ['v1.12.6', [1, 12, 6]],
  ['1.12.6-eksbuild.2', [1, 12, 6]],
  ['602401143452.dkr.ecr.ap-northeast-2.amazonaws.com/amazon-k8s-cni:v1.11.4-eksbuild.1', [1, 11, 4]],
  ['latest', undefined],
  ['v1.12', undefined],
  ['', undefined],
])('the release in %j is %j', (text, want) => {
  expect(parseCniVersion(text)).toEqual(want)
})

test.each([
  ['v1.16.2', true],
  ['v1.16.1', false],
  ['v1.17.0', true],
  ['v1.9.9', false],
  ['v2.0.0', true],
])('%s is v1.16.2 or later: %s', (text, want) => {
  const version = parseCniVersion(text)!
  expect(formatCniVersion(version)).toBe(text)
  expect(atLeast(version, 1, 16, 2)).toBe(want)
})

test.each([
  ['t3.nano', 4, 3],
  ['t3.small', 11, 8],
  ['t3.medium', 17, 12],
  ['t3.large', 35, 24],
  ['t3.xlarge', 58, 44],
  ['m5.large', 29, 20],
  ['c5.xlarge', 58, 44],
])('%s runs %i pods, %i with custom networking', (type, pods, custom) => {
  const limits = instanceLimits(type)!
  expect([maxPods(limits), maxPods(limits, true)]).toEqual([pods, custom])
})

test.each(['p9.huge', 'constructor', ''])('%j is not in the table', (type) => {
  expect(instanceLimits(type)).toBeUndefined()
})
