import { X509Certificate, createPrivateKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { createPki } from './pki.ts'

const pki = createPki({ now: Date.now(), names: ['bastion'], addresses: ['192.168.1.10'] })
const authority = new X509Certificate(pki.certificateAuthority)
const server = new X509Certificate(pki.certificate)

test('the authority signs itself and may sign others', () => {
  expect(authority.ca).toBe(true)
  expect(authority.verify(authority.publicKey)).toBe(true)
})

test('the server certificate is signed by the authority and belongs to its key', () => {
  expect(server.ca).toBe(false)
  expect(server.checkIssued(authority)).toBe(true)
  expect(server.verify(authority.publicKey)).toBe(true)
  expect(server.checkPrivateKey(createPrivateKey(pki.privateKey))).toBe(true)
  expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
})

test.each([
  ['localhost', 'how the host reaches it'],
  ['kubernetes', 'how a pod of the default namespace names it'],
  ['kubernetes.default.svc', 'how every other pod names it'],
  ['bastion', 'a name that was asked for'],
])('it is valid for the name %s: %s', (name) => {
  expect(server.checkHost(name)).toBe(name)
})

test.each([['127.0.0.1'], ['10.100.0.1'], ['192.168.1.10']])('it is valid for the address %s', (address) => {
  expect(server.checkIP(address)).toBe(address)
})

test('it is not valid for anything else', () => {
  expect(server.checkHost('example.com')).toBeUndefined()
  expect(server.checkIP('192.168.1.11')).toBeUndefined()
})
