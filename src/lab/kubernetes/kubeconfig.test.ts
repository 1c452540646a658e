import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { kubeconfig, kubeconfigJson } from './kubeconfig.ts'

test('what people read and what programs read say the same', () => {
  const options = {
    name: 'podpath-lab "quoted"',
    server: 'https://127.0.0.1:6443',
    certificateAuthority: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
    token: 'a: token # of one',
  }
  expect({ preferences: {}, ...(JSON.parse(kubeconfigJson(options)) as object) }).toEqual(
    parse(kubeconfig(options)),
  )
})
