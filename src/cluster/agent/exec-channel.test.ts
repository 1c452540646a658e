import { expect, test } from 'vitest'
import { readExecStatus } from './exec-channel.ts'

test.each([
  { status: { status: 'Success' }, end: { kind: 'exited', exit: 0 } },
  {
    status: {
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    },
    end: { kind: 'exited', exit: 7 },
  },
  {
    status: {
      status: 'Failure',
      reason: 'InternalError',
      message: 'exec: "nft": executable file not found in $PATH: unknown',
    },
    end: { kind: 'not-found', message: 'exec: "nft": executable file not found in $PATH: unknown' },
  },
  {
    status: { status: 'Failure', message: 'container not running' },
    end: { kind: 'failed', message: 'container not running' },
  },
  { status: 'nonsense', end: { kind: 'failed', message: 'no reason given' } },
])('$status.status', ({ status, end }) => {
  const read = readExecStatus(JSON.stringify(status))
  if (status === 'nonsense') expect(read.kind).toBe('failed')
  else expect(read).toEqual(end)
})
