import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'

/** A bearer token nobody can guess: 32 octets. */
export const randomToken = (): string => randomBytes(32).toString('base64url')

export interface KubeconfigOptions {
  /** The cluster's and the context's name. */
  readonly name: string
  /** `https://127.0.0.1:6443` */
  readonly server: string
  /** PEM. */
  readonly certificateAuthority: string
  readonly token: string
  readonly namespace?: string
}

const authorityOf = ({ certificateAuthority }: KubeconfigOptions): string =>
  Buffer.from(certificateAuthority).toString('base64')

/** The text of a kubeconfig with everything in it: nothing else has to be found or kept beside it. */
export function kubeconfig(options: KubeconfigOptions): string {
  const quoted = (text: string): string => JSON.stringify(text)
  const authority = authorityOf(options)
  return `apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: ${authority}
    server: ${quoted(options.server)}
  name: ${quoted(options.name)}
contexts:
- context:
    cluster: ${quoted(options.name)}
    namespace: ${quoted(options.namespace ?? 'default')}
    user: ${quoted(options.name)}
  name: ${quoted(options.name)}
current-context: ${quoted(options.name)}
preferences: {}
users:
- name: ${quoted(options.name)}
  user:
    token: ${quoted(options.token)}
`
}

/** Writes it where only its owner can read it. A file that is there already is replaced, never widened. */
export async function writeKubeconfig(path: string, options: KubeconfigOptions): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(kubeconfig(options))
  } finally {
    await file.close()
  }
}
