import { generateKeyPairSync, randomBytes } from 'node:crypto'

/** An ed25519 key pair as OpenSSH's programs read it from files. */
export interface SshKey {
  /** The text of the private key's file; without a passphrase. */
  readonly privateKey: string
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicKey: string
}

const algorithm = 'ssh-ed25519'

/** Makes a new key pair. */
export function createSshKey(comment: string): SshKey {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { d, x } = privateKey.export({ format: 'jwk' })
  if (d === undefined || x === undefined) throw new Error('an ed25519 key has a private and a public half')
  const seed = Buffer.from(d, 'base64url')
  const point = Buffer.from(x, 'base64url')
  const publicBlob = Buffer.concat([text(algorithm), field(point)])
  return {
    privateKey: armour(privateFile(publicBlob, seed, point, comment)),
    publicKey: `${algorithm} ${publicBlob.toString('base64')}`,
  }
}

/** OpenSSH's PROTOCOL.key: magic, cipher, kdf, kdf options, number of keys, public key, private section. */
function privateFile(publicBlob: Buffer, seed: Buffer, point: Buffer, comment: string): Buffer {
  // The same number twice tells a reader that decryption went well, even where nothing is encrypted.
  const check = randomBytes(4)
  const section = Buffer.concat([
    check,
    check,
    text(algorithm),
    field(point),
    field(Buffer.concat([seed, point])),
    text(comment),
  ])
  const blockSize = 8
  const padding = Buffer.from(
    Array.from({ length: (blockSize - (section.length % blockSize)) % blockSize }, (_, i) => i + 1),
  )
  return Buffer.concat([
    Buffer.from('openssh-key-v1\0', 'latin1'),
    text('none'),
    text('none'),
    field(Buffer.alloc(0)),
    number(1),
    field(publicBlob),
    field(Buffer.concat([section, padding])),
  ])
}

const number = (value: number): Buffer => {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}

/** RFC 4251 section 5, `string`: the length, then the octets. */
const field = (octets: Buffer): Buffer => Buffer.concat([number(octets.length), octets])
const text = (value: string): Buffer => field(Buffer.from(value, 'utf8'))

const armour = (octets: Buffer): string => {
  const lines = octets.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}
