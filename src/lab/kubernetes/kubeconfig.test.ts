import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { kubeconfig } from './kubeconfig.ts'

test('every value is quoted: none becomes more than a value', () => {
  const options = {
    name: 'podpath-lab "quoted"',
    server: 'https://127.0.0.1:6443',
    certificateAuthority: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
    token: 'a: token # of one',
  }
  const { name } = options
  expect(parse(kubeconfig(options))).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: options.server,
          'certificate-authority-data': Buffer.from(options.certificateAuthority).toString('base64'),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, namespace: 'default', user: name } }],
    'current-context': name,
    preferences: {},
    users: [{ name, user: { token: options.token } }],
  })
})
