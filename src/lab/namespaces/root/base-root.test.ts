import { expect, test } from 'vitest'
import { commandsAt } from './base-root.ts'

const mountinfo = (...points: readonly string[]): string =>
  points.map((point, i) => `${30 + i} 29 0:30 / ${point} ro,nosuid,nodev - ext4 /dev/vda rw`).join('\n')

test.each<{
  readonly mounted: readonly string[]
  readonly absent?: readonly string[]
  readonly at: string
  readonly because: string
}>([
  { mounted: ['/', '/usr', '/opt/podpath/dist'], at: '/usr/bin', because: 'it is where they belong' },
  {
    mounted: ['/', '/usr', '/usr/bin/nvidia-smi'],
    at: '/usr/local/bin',
    because: 'a file that is mounted in it forbids an overlay of it',
  },
  { mounted: ['/usr', '/usr/bin', '/usr/binaries/x'], at: '/usr/bin', because: 'nothing is below it' },
  {
    mounted: ['/usr', '/usr/bin/kubectl', '/usr/local/bin/docker'],
    at: '/usr/local/sbin',
    because: 'neither may be covered',
  },
  {
    mounted: ['/usr', '/usr/bin/kubectl'],
    absent: ['/usr/local/bin', '/usr/local/sbin'],
    at: '/usr/sbin',
    because: 'not every system has the local ones',
  },
])('a lab’s own commands stand in $at: $because', ({ mounted, absent = [], at }) => {
  expect(commandsAt(mountinfo(...mounted), (directory) => !absent.includes(directory))).toBe(at)
})
