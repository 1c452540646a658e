import { describe, expect, test } from 'vitest'
import { nodePrograms } from './programs.ts'

const n1 = 'ip-10-0-1-7.ec2.internal'

describe('a program that a node lacks comes with the command that installs it', () => {
  test.each([
    { os: 'ID="amzn"\nVERSION_ID="2023"\n', program: 'tcpdump', how: 'sudo dnf install -y tcpdump' },
    {
      os: 'ID="amzn"\nVERSION_ID="2023"\n',
      program: 'conntrack',
      how: 'sudo dnf install -y conntrack-tools',
    },
    { os: 'ID="amzn"\nVERSION_ID="2"\n', program: 'iptables-save', how: 'sudo yum install -y iptables' },
    { os: 'ID=ubuntu\nVERSION_ID="22.04"\n', program: 'ping', how: 'sudo apt-get install -y iputils-ping' },
    {
      os: 'ID=bottlerocket\nVERSION_ID=1.20.0\n',
      program: 'tcpdump',
      how: 'install it there, or use the agent (--via agent)',
    },
    { os: '', program: 'ipset', how: 'install it there, or use the agent (--via agent)' },
  ])('$program on $os', ({ os, program, how }) => {
    const programs = nodePrograms(n1, `${os}missing ${program}\n`)
    expect([...programs.missing]).toEqual([program])
    expect(programs.lack(program)).toBe(`node ${n1} has no ${program}: ${how}`)
    expect(programs.hopeless).toBeNull()
  })

  test('without ip or nsenter there is no looking at a node', () => {
    expect(nodePrograms(n1, 'ID=debian\nmissing nsenter\nmissing ipset\n').hopeless).toBe(
      `node ${n1} has no nsenter: sudo apt-get install -y util-linux`,
    )
  })

  test('hostile words are not taken for programs', () => {
    expect([...nodePrograms(n1, 'missing $(reboot)\nmissing a b\nID=$(x)\n').missing]).toEqual([])
  })
})
