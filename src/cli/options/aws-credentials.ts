import { statSync } from 'node:fs'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** What says where credentials are, as the AWS tools read it (AWS SDKs and Tools Reference Guide, "Standardized credential providers"). */
const named = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
] as const

/**
 * Whether it is worth to ask AWS: the environment names credentials, or there is a file with profiles: keys, IAM Identity Center,
 * roles to assume, a credential process. Without any of them asking would mean to wait for an instance's metadata service that is not there.
 */
export function hasAwsCredentials(environment: Environment, home: string | null): boolean {
  if (named.some((name) => (environment[name] ?? '') !== '')) return true
  return [
    environment['AWS_SHARED_CREDENTIALS_FILE'] ?? (home === null ? '' : join(home, '.aws', 'credentials')),
    environment['AWS_CONFIG_FILE'] ?? (home === null ? '' : join(home, '.aws', 'config')),
  ].some((path) => path !== '' && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0)
}
