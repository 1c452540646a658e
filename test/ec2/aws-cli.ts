import { execFile } from 'node:child_process'
import type { Ran } from '../../src/exec/runner.ts'
import { student } from './tutorial-cloud.ts'

/** Runs the real aws CLI against an endpoint on loopback, with nothing of this machine's own configuration. */
export const aws = (
  endpoint: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(
      'aws',
      // The CLI reads AWS_ENDPOINT_URL since 2.13.
      ['--endpoint-url', endpoint, ...argv],
      {
        timeout: 60_000,
        maxBuffer: 1 << 26,
        env: {
          PATH: process.env['PATH'],
          HOME: '/nonexistent',
          AWS_ACCESS_KEY_ID: student.accessKeyId,
          AWS_SECRET_ACCESS_KEY: student.secretAccessKey,
          AWS_DEFAULT_REGION: 'ap-northeast-2',
          AWS_EC2_METADATA_DISABLED: 'true',
          // With one alone, 2.9 ends every refusal with its own count of tries.
          AWS_MAX_ATTEMPTS: '2',
          AWS_PAGER: '',
          ...env,
        },
      },
      (error, stdout, stderr) => {
        resolve({ exit: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr })
      },
    )
  })
