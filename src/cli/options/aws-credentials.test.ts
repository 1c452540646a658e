import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { hasAwsCredentials } from './aws-credentials.ts'

const bare = mkdtempSync(join(tmpdir(), 'podpath-home-'))
const configured = mkdtempSync(join(tmpdir(), 'podpath-home-'))
mkdirSync(join(configured, '.aws'))
writeFileSync(join(configured, '.aws/config'), '[default]\nsso_session = corp\n')
afterAll(() => [bare, configured].forEach((home) => rmSync(home, { recursive: true })))

test.each([
  { environment: {}, home: bare, asks: false, because: 'nothing says where credentials are' },
  { environment: {}, home: null, asks: false, because: 'there is not even a home' },
  { environment: { AWS_ACCESS_KEY_ID: 'AKIA' }, home: bare, asks: true, because: 'a key' },
  { environment: { AWS_PROFILE: 'corp' }, home: bare, asks: true, because: 'a profile' },
  {
    environment: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials' },
    home: bare,
    asks: true,
    because: 'a task of ECS',
  },
  {
    environment: {},
    home: configured,
    asks: true,
    because: 'a default profile, of IAM Identity Center for instance',
  },
  {
    environment: { AWS_CONFIG_FILE: join(configured, '.aws/config') },
    home: bare,
    asks: true,
    because: 'profiles in another place',
  },
  {
    environment: { AWS_CONFIG_FILE: join(bare, 'none'), AWS_SHARED_CREDENTIALS_FILE: join(bare, 'none') },
    home: configured,
    asks: false,
    because: 'another place that is empty',
  },
])('AWS is asked: $asks, $because', ({ environment, home, asks }) => {
  expect(hasAwsCredentials(environment, home)).toBe(asks)
})
