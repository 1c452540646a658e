import type { Credential } from '../ec2/cloud-view.ts'
import { verifyEksToken } from '../ec2/eks-token.ts'
import { administrator, type TokenAuthenticator } from '../kubernetes/tokens.ts'

/**
 * Knows whom a token of `aws eks get-token` stands for. The lab's one IAM user made the cluster, and is its
 * administrator with what aws-iam-authenticator tells beside the name (pkg/server/server.go: `extra`).
 */
export const eksAuthenticator = (
  cluster: string,
  credentials: () => readonly Credential[],
): TokenAuthenticator => ({
  identify(token) {
    const read = verifyEksToken(token, { cluster, credentials: credentials(), now: new Date() })
    if (!read.ok) return undefined
    const { accessKeyId, arn, userId } = read.credential
    const account = arn.split(':')[4] ?? ''
    return {
      ...administrator,
      uid: `aws-iam-authenticator:${account}:${userId}`,
      extra: {
        accessKeyId: [accessKeyId],
        arn: [arn],
        canonicalArn: [arn],
        principalId: [userId],
        sessionName: [''],
      },
    }
  },
})
