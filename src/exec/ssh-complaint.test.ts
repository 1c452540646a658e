import { describe, expect, test } from 'vitest'
import { readComplaint } from './ssh-complaint.ts'

const asked = { host: '10.0.1.7', settings: { user: 'ec2-user', keyFile: '/k' } }

describe('what OpenSSH and sudo say becomes one line', () => {
  test.each([
    {
      said: 'No ED25519 host key is known for 10.0.1.7 and you have requested strict checking.\r\nHost key verification failed.\r\n',
      code: 'not-allowed',
      line: /^the host key of 10\.0\.1\.7 is not known: .*~\/\.ssh\/known_hosts \(`ssh-keyscan 10\.0\.1\.7`/,
    },
    {
      said: '@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n@@@@@\r\nHost key verification failed.\r\n',
      code: 'not-allowed',
      line: /^the host key of 10\.0\.1\.7 is not the one in ~\/\.ssh\/known_hosts: .*ssh-keygen -R 10\.0\.1\.7/,
    },
    {
      said: 'ec2-user@10.0.1.7: Permission denied (publickey,gssapi-keyex,gssapi-with-mic).\r\n',
      code: 'not-allowed',
      line: /^ec2-user@10\.0\.1\.7 does not let us in \(publickey,.*--ssh-key/,
    },
    {
      said: 'ssh: connect to host 10.0.1.7 port 22: Connection timed out\r\n',
      code: 'connection',
      line: /^no connection to 10\.0\.1\.7 port 22: Connection timed out; its security group/,
    },
    {
      said: 'ssh: connect to host bastion port 22: No route to host\r\nConnection closed by UNKNOWN port 65535\r\n',
      code: 'connection',
      line: /^no connection to bastion port 22: No route to host/,
    },
    {
      said: 'sudo: a password is required\n',
      code: 'not-allowed',
      line: /^sudo on 10\.0\.1\.7 asks ec2-user for a password/,
    },
    {
      said: 'sudo: sorry, you must have a tty to run sudo\n',
      code: 'not-allowed',
      line: /^sudo on 10\.0\.1\.7 asks/,
    },
    {
      said: 'bash: line 1: exec: sudo: not found\n',
      code: 'not-found',
      line: /^10\.0\.1\.7 has no sudo/,
    },
    {
      said: 'something new\nthat nobody knows\n\n',
      code: 'connection',
      line: /^that nobody knows$/,
    },
    { said: '', code: 'connection', line: /^10\.0\.1\.7 ended the connection without a word$/ },
  ])('$said', ({ said, code, line }) => {
    const read = readComplaint(said, asked)
    expect(read.code).toBe(code)
    expect(read.line).toMatch(line)
    expect(read.line).not.toContain('\n')
  })
})
