import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { bitString, boolean, integer, octetString, oid, sequence, set, tagged, utcTime, utf8 } from './der.ts'

/** A lab's own certificate authority and the certificate of its API server, as PEM. */
export interface Pki {
  readonly certificateAuthority: string
  readonly certificate: string
  readonly privateKey: string
  /** Signs service account tokens. */
  readonly tokenKey: string
}

export interface PkiOptions {
  /** Further names and IPv4 addresses by which the API server is reached. */
  readonly names?: readonly string[]
  readonly addresses?: readonly string[]
  /** Milliseconds since 1970-01-01. */
  readonly now: number
}

const dayMs = 86_400_000

const serverNames = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
] as const
const serverAddresses = ['127.0.0.1', '10.100.0.1'] as const

/** RFC 5280 and RFC 5758. */
const id = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  subjectAltName: '2.5.29.17',
  subjectKeyId: '2.5.29.14',
  authorityKeyId: '2.5.29.35',
} as const

/** Makes the keys and certificates of one lab (ECDSA P-256). They live ten days: no lab lives longer. */
export function createPki(options: PkiOptions): Pki {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const tokens = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = 'kubernetes'
  const shared = { now: options.now, issuer, issuerKey: authority }
  const names = [...new Set([...serverNames, ...(options.names ?? [])])]
  const addresses = [...new Set([...serverAddresses, ...(options.addresses ?? [])])]
  return {
    certificateAuthority: certificate({
      ...shared,
      subject: issuer,
      publicKey: authority.publicKey,
      extensions: [
        extension(id.basicConstraints, true, sequence(boolean(true))),
        // digitalSignature and keyCertSign: bits 0 and 5.
        extension(id.keyUsage, true, bitString(Buffer.from([0b1000_0100]), 2)),
      ],
    }),
    certificate: certificate({
      ...shared,
      subject: 'kube-apiserver',
      publicKey: server.publicKey,
      extensions: [
        extension(id.basicConstraints, true, sequence()),
        extension(id.keyUsage, true, bitString(Buffer.from([0b1000_0000]), 7)),
        extension(id.extendedKeyUsage, false, sequence(oid(id.serverAuth))),
        extension(
          id.subjectAltName,
          false,
          sequence(...names.map((name) => tagged(0x82, Buffer.from(name))), ...addresses.map(addressName)),
        ),
      ],
    }),
    privateKey: pem(server.privateKey),
    tokenKey: pem(tokens.privateKey),
  }
}

const pem = (key: KeyObject): string => String(key.export({ format: 'pem', type: 'pkcs8' }))

function addressName(address: string): Buffer {
  if (!isIPv4(address)) throw new Error(`not an IPv4 address: ${address}`)
  return tagged(0x87, Buffer.from(address.split('.').map(Number)))
}

const extension = (type: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(type), ...(critical ? [boolean(true)] : []), octetString(value))

const name = (common: string): Buffer => sequence(set(sequence(oid(id.commonName), utf8(common))))

interface CertificateSpec {
  readonly now: number
  readonly issuer: string
  readonly issuerKey: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
  readonly subject: string
  readonly publicKey: KeyObject
  readonly extensions: readonly Buffer[]
}

/** An X.509 v3 certificate, RFC 5280 section 4.1. */
function certificate(spec: CertificateSpec): string {
  const algorithm = sequence(oid(id.ecdsaWithSha256))
  const publicKey = spec.publicKey.export({ format: 'der', type: 'spki' })
  const signed = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    algorithm,
    name(spec.issuer),
    // A clock that is a little behind must not refuse a certificate made just now.
    sequence(utcTime(spec.now - dayMs), utcTime(spec.now + 10 * dayMs)),
    name(spec.subject),
    publicKey,
    tagged(
      0xa3,
      sequence(
        ...spec.extensions,
        extension(id.subjectKeyId, false, octetString(keyId(spec.publicKey))),
        extension(id.authorityKeyId, false, sequence(tagged(0x80, keyId(spec.issuerKey.publicKey)))),
      ),
    ),
  )
  const signature = sign('sha256', signed, spec.issuerKey.privateKey)
  const text = sequence(signed, algorithm, bitString(signature)).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${(text.match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`
}

const keyId = (key: KeyObject): Buffer =>
  createHash('sha1')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest()
