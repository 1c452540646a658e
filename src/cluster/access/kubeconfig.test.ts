import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadKubeconfig } from './kubeconfig.ts'

let home: string
const file = (name: string) => join(home, name)

const lab = `
current-context: lab
contexts:
- {name: lab, context: {cluster: c1, user: u1, namespace: shop}}
- {name: other, context: {cluster: c2, user: u2}}
clusters:
- {name: c1, cluster: {server: "https://127.0.0.1:6443/", certificate-authority: pki/ca.crt, tls-server-name: kubernetes}}
users:
- {name: u1, user: {token: secret, as: alice}}
`
const second = `
current-context: ignored
clusters:
- {name: c1, cluster: {server: "https://second-c1"}}
- {name: c2, cluster: {server: "https://[::1]:6443", insecure-skip-tls-verify: true}}
users:
- name: u2
  user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws, args: [eks, get-token]}}
`

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'podpath-kubeconfig-'))
  await writeFile(file('lab'), lab)
  await writeFile(file('second'), second)
  await writeFile(file('broken'), 'a: [b\nc: }')
  await writeFile(file('list'), '- a\n')
  await writeFile(
    file('json'),
    '{"current-context":"j","contexts":[{"name":"j","context":{"cluster":"x"}}],"clusters":[{"name":"x","cluster":{"server":"not a url"}}]}',
  )
  await mkdir(file('.kube'))
  await writeFile(file('.kube/config'), lab.replace('namespace: shop', 'namespace: home'))
})
afterAll(() => rm(home, { recursive: true }))

const load = (choice: {
  kubeconfig?: string
  context?: string
  env?: Record<string, string>
  home?: string
}) => loadKubeconfig({ env: {}, ...choice })

describe('the configuration is found as kubectl finds it', () => {
  test('--kubeconfig, with paths relative to the file', async () => {
    expect(await load({ kubeconfig: file('lab') })).toEqual({
      context: 'lab',
      namespace: 'shop',
      server: 'https://127.0.0.1:6443',
      tlsServerName: 'kubernetes',
      insecureSkipTlsVerify: false,
      proxyUrl: null,
      authority: { file: file('pki/ca.crt') },
      certificate: null,
      key: null,
      token: { text: 'secret' },
      impersonate: 'alice',
      basic: null,
      plugin: null,
    })
  })

  test('KUBECONFIG is a list: the first to say something wins, and missing files are left out', async () => {
    const env = { KUBECONFIG: [file('nothing'), file('lab'), '', file('second')].join(':') }
    expect(await load({ env })).toMatchObject({ context: 'lab', server: 'https://127.0.0.1:6443' })
    expect(await load({ env, context: 'other' })).toMatchObject({
      server: 'https://[::1]:6443',
      insecureSkipTlsVerify: true,
      namespace: 'default',
      plugin: { exec: { command: 'aws', args: ['eks', 'get-token'] } },
    })
  })

  test('~/.kube/config is last', async () => {
    expect(await load({ home })).toMatchObject({ namespace: 'home' })
  })
})

describe('what is wrong is one line that says where', () => {
  test.each([
    {
      choice: () => ({ kubeconfig: file('nothing') }),
      code: 'unreadable-kubeconfig',
      says: 'it does not exist',
    },
    { choice: () => ({ kubeconfig: home }), code: 'unreadable-kubeconfig', says: 'it is a directory' },
    { choice: () => ({ kubeconfig: file('broken') }), code: 'unreadable-kubeconfig', says: 'not YAML' },
    {
      choice: () => ({ kubeconfig: file('list') }),
      code: 'unreadable-kubeconfig',
      says: 'it is not a kubeconfig',
    },
    {
      choice: () => ({ kubeconfig: file('json') }),
      code: 'unreadable-kubeconfig',
      says: 'is not a URL: "not a url"',
    },
    {
      choice: () => ({ kubeconfig: file('lab'), context: 'prod' }),
      code: 'no-context',
      says: 'has no context "prod": pass --context NAME (it has: lab, other)',
    },
    {
      choice: () => ({ kubeconfig: file('lab'), context: 'other' }),
      code: 'unreadable-kubeconfig',
      says: 'names the cluster "c2", which is not there',
    },
    {
      choice: () => ({ kubeconfig: file('second'), context: undefined }),
      code: 'no-context',
      says: 'has no context "ignored"',
    },
    {
      choice: () => ({ env: { KUBECONFIG: '/no/such:/file' } }),
      code: 'no-kubeconfig',
      says: 'none of the files in KUBECONFIG exists',
    },
    {
      choice: () => ({ home: '/nowhere' }),
      code: 'no-kubeconfig',
      says: '/nowhere/.kube/config does not exist',
    },
  ])('$code: $says', async ({ choice, code, says }) => {
    const { context, ...rest } = choice() as { context?: string }
    const error: unknown = await load({ ...rest, ...(context === undefined ? {} : { context }) }).catch(
      (e: unknown) => e,
    )
    expect(error).toMatchObject({ code })
    expect((error as Error).message).toContain(says)
    expect((error as Error).message).not.toContain('\n')
  })
})
