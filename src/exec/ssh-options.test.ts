import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { sshArgv, type SshSettings } from './ssh-options.ts'

/** What ssh itself understood: `ssh -G` prints the options that hold. */
const understood = (settings: SshSettings): ReadonlyMap<string, string> => {
  const [program, ...words] = sshArgv({ configFile: '/dev/null', ...settings }, '10.0.1.7')
  const said = execFileSync(program, ['-G', ...words], { encoding: 'utf8' })
  return new Map(
    said.split('\n').map((line) => [line.split(' ')[0] ?? '', line.slice(line.indexOf(' ') + 1)]),
  )
}

describe('ssh understands', () => {
  test('that host keys are checked and nobody is asked', () => {
    const options = understood({})
    expect(options.get('stricthostkeychecking')).toBe('true')
    expect(options.get('batchmode')).toBe('yes')
    expect(options.get('requesttty')).toBe('false')
  })

  test.each([
    ['a space and quotes', '/home/a b/it\'s "mine"'],
    ['a percent sign', '/home/100%h/key'],
    ['a backslash', '/home/a\\b'],
  ])('a file’s name with %s', (_, file) => {
    expect(understood({ knownHostsFile: file }).get('userknownhostsfile')?.replaceAll('%%', '%')).toContain(
      file.includes('%') ? '100%h' : file,
    )
  })

  test('user, port and only that key', () => {
    const options = understood({ user: 'ec2-user', port: 2222, keyFile: '/k' })
    expect(options.get('user')).toBe('ec2-user')
    expect(options.get('port')).toBe('2222')
    expect(options.get('identitiesonly')).toBe('yes')
  })
})

test('a machine before it is reached with the same key and the same checks', () => {
  const proxy = understood({ keyFile: '/k', jump: 'ec2-user@bastion:2200' }).get('proxycommand') ?? ''
  expect(proxy).toContain("'-o' 'BatchMode=yes' '-o' 'StrictHostKeyChecking=yes'")
  expect(proxy).toContain(`'IdentityFile="/k"'`)
  expect(proxy).toMatch(/'-p' '2200' '-W' \[%h\]:%p '--' 'ec2-user@bastion'$/)
})
