import { expect, test } from 'vitest'
import { matchesSelector, parseFieldSelector, parseLabelSelector } from './selector.ts'

const labels = { app: 'web', tier: 'front', 'example.com/size': '3' }

test.each([
  ['', true, 'nothing asked matches everything'],
  ['app=web', true, 'equal'],
  ['app==web', true, 'the other way to write it'],
  ['app=web,tier=back', false, 'all have to hold'],
  ['app!=api', true, 'not equal'],
  ['colour!=red', true, 'an absent label is not equal to anything'],
  ['app in (api, web)', true, 'one of a set'],
  ['app notin (api,web)', false, 'none of a set'],
  ['colour notin (red)', true, 'an absent label is in no set'],
  ['tier', true, 'it exists'],
  ['!colour', true, 'it does not exist'],
  ['!tier', false, 'it does'],
  ['example.com/size>2', true, 'a number above'],
  ['example.com/size<3', false, 'a number not below'],
  ['app in (api,web),tier,!colour', true, 'commas inside a set do not end it'],
])('the selector %j gives %j: %s', (text, expected) => {
  expect(parseLabelSelector(text)(labels)).toBe(expected)
})

test.each(['app=(', 'in (a)', 'a b', '=x'])('%j is refused with a 400', (text) => {
  expect(() => parseLabelSelector(text)).toThrow('unable to parse requirement')
})

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', uid: '', resourceVersion: '', creationTimestamp: '' },
  spec: { nodeName: 'node1' },
  status: { phase: 'Running' },
}

test.each([
  ['metadata.name=web', true],
  ['spec.nodeName=node1,status.phase!=Succeeded', true],
  ['status.podIP=', true],
  ['spec.nodeName=node2', false],
])('the field selector %j gives %j', (text, expected) => {
  expect(parseFieldSelector('Pod', text)(pod)).toBe(expected)
})

test('a field that the server does not know is named', () => {
  expect(() => parseFieldSelector('Pod', 'spec.colour=red')).toThrow('field label not supported: spec.colour')
})

test('an absent selector matches nothing, an empty one everything', () => {
  expect(matchesSelector(undefined, labels)).toBe(false)
  expect(matchesSelector({}, undefined)).toBe(true)
})
