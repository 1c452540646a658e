import { describe, expect, test } from 'vitest'
import { cloudView } from '../daemon/cloud.ts'
import { defaultLab, planTopology } from '../plan/topology.ts'
import { answerMetadata } from './service.ts'
import { SessionTokens } from './session-tokens.ts'

const topology = planTopology({ ...defaultLab, ami: 'al2023' })
const view = cloudView({
  topology,
  endpoint: '',
  certificateAuthority: '',
  created: new Date(0),
  cniVersion: 'v1.15.1',
})(topology.vpc)
const [instance, other] = topology.vpc.instances
if (!instance || !other) throw new Error('the plan has instances')
let now = 0
const tokens = new SessionTokens(() => now)
const ask = (method: string, path: string, headers: Readonly<Record<string, string>> = {}, of = instance) =>
  answerMetadata({ method, path, headers }, of, view, tokens)
const session = (seconds = '60', of = instance): string =>
  ask('PUT', '/latest/api/token', { 'x-aws-ec2-metadata-token-ttl-seconds': seconds }, of).body
const get = (path: string, token = session()) => ask('GET', path, { 'x-aws-ec2-metadata-token': token })

describe('version 2', () => {
  test.each([
    { path: '/', body: '1.0\n2021-03-23\n2024-04-11\nlatest' },
    { path: '/latest', body: 'dynamic/\nmeta-data/' },
    { path: '/latest/meta-data/instance-id', body: instance.id },
    { path: '/latest/meta-data/placement/', body: 'availability-zone\navailability-zone-id\nregion' },
    { path: '/latest/meta-data/placement/availability-zone', body: 'ap-northeast-2a' },
    { path: '/2021-03-23/meta-data/local-ipv4', body: '192.168.1.138' },
  ])('$path', ({ path, body }) => {
    expect(get(path)).toMatchObject({ status: 200, body })
  })

  test.each([
    { path: '/latest/meta-data/nothing', status: 404 },
    { path: '/latest/meta-data/instance-id/more', status: 404 },
    { path: '/latest/meta-data/__proto__', status: 404 },
    { path: '/2009/meta-data/', status: 404 },
    { path: '/latest/user-data', status: 404 },
  ])('$path is $status', ({ path, status }) => {
    expect(get(path).status).toBe(status)
  })
})

describe('a session', () => {
  test.each([
    { seconds: '1', status: 200 },
    { seconds: '21600', status: 200 },
    { seconds: '0', status: 400 },
    { seconds: '21601', status: 400 },
    { seconds: 'six', status: 400 },
    { seconds: '', status: 400 },
  ])('of $seconds seconds: $status', ({ seconds, status }) => {
    const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': seconds }
    expect(ask('PUT', '/latest/api/token', headers).status).toBe(status)
  })

  test('ends, is its own instance’s, and cannot be made up', () => {
    const token = session('60')
    expect(get('/latest/meta-data/', token).status).toBe(200)
    expect(get('/latest/meta-data/', session('60', other)).status).toBe(401)
    expect(get('/latest/meta-data/', `B${token.slice(1)}`).status).toBe(401)
    now += 60_000
    expect(get('/latest/meta-data/', token).status).toBe(401)
  })

  test('is not given to who comes through a proxy', () => {
    const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '60', 'x-forwarded-for': '192.0.2.1' }
    expect(ask('PUT', '/latest/api/token', headers).status).toBe(403)
  })
})

describe('version 1', () => {
  const with1 = {
    ...instance,
    metadataOptions: { tokens: 'optional', hopLimit: 2, endpoint: 'enabled' },
  } as const
  const off = {
    ...instance,
    metadataOptions: { tokens: 'optional', hopLimit: 2, endpoint: 'disabled' },
  } as const
  test('is answered where a token is optional, and a token that is wrong is wrong there too', () => {
    expect(ask('GET', '/latest/meta-data/mac', {}, with1).status).toBe(200)
    expect(ask('GET', '/latest/meta-data/mac', { 'x-aws-ec2-metadata-token': 'x' }, with1).status).toBe(401)
    expect(ask('GET', '/latest/meta-data/mac').status).toBe(401)
    expect(ask('GET', '/latest/meta-data/mac', {}, off).status).toBe(403)
  })
})
