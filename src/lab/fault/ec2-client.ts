import type * as Ec2Sdk from '@aws-sdk/client-ec2'
import type * as Commands from './ec2-commands.ts'
import type { AwsAccess } from '../daemon/configuration.ts'

/** The EC2 client of a lab, and the commands that it takes. */
export interface Ec2 {
  readonly sdk: typeof Commands
  readonly client: Ec2Sdk.EC2Client
}

/** Lends the client of a lab's EC2. Rejects with what `use` rejects with. */
export async function withEc2<T>(aws: AwsAccess, use: (ec2: Ec2) => Promise<T>): Promise<T> {
  // A word of the SDK to its own users: podpath's Node floor is podpath's to tell.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const sdk = await import('./ec2-commands.ts')
  const client = new sdk.EC2Client({
    region: aws.region,
    endpoint: aws.endpoint,
    credentials: { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey },
  })
  try {
    return await use({ sdk, client })
  } finally {
    client.destroy()
  }
}
