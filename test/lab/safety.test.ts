import { createServer, type Server } from 'node:net'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostSurroundings } from './lab-traces.ts'
import { labUp, type TestLab } from './lab.ts'

/**
 * Nothing inside a lab changes a file, a process, a setting or the network of the host. Every attempt is made for
 * real, from an ordinary pod and from the most privileged one; what is tried on the host is a marker of the test's own.
 */

let lab: TestLab
/** Where an ordinary directory of the machine's may be, readable for everybody. */
const visible = mkdtempSync('/opt/podpath-test-')
const marker = join(visible, 'marker')
const socket = join(visible, 'socket')
let server: Server
let callers = 0

beforeAll(async () => {
  writeFileSync(marker, 'untouched\n')
  server = createServer(() => {
    callers++
  }).listen(socket)
  lab = await labUp(['--name=safety'])
})
afterAll(async () => {
  await lab.down()
  server.close()
  rmSync(visible, { recursive: true, force: true })
})

const places = [
  { from: 'a pod', run: (script: string) => lab.inPod(2, script) },
  {
    from: 'a privileged pod on the node’s network and processes',
    run: (script: string) => lab.onNode(2, script),
  },
]

const settings = [
  'kernel/hostname',
  'kernel/pid_max',
  'vm/swappiness',
  'fs/file-max',
  'kernel/core_pattern',
] as const
const hostSettings = (): readonly string[] =>
  settings.map((name) => readFileSync(`/proc/sys/${name}`, 'utf8').trim())

describe.each(places)('from $from', ({ run }) => {
  test('the machine’s files are not there, and what is written or removed is not the machine’s', async () => {
    const { output } = await run(
      `cat ${marker}; mkdir -p ${visible}; echo changed >${marker}; rm -rf --no-preserve-root ${visible}; rm -f /etc/debian_version; cat ${marker} 2>&1`,
    )
    expect(output).not.toMatch(/untouched/)
    expect(readFileSync(marker, 'utf8')).toBe('untouched\n')
    expect(existsSync('/etc/debian_version')).toBe(true)
  })

  test('the root cannot be made writable, and no other way leads to the host’s files', async () => {
    await run(
      [
        'mount -o remount,rw /',
        'mkdir -p /tmp/a && mount -t devtmpfs devtmpfs /tmp/a && echo devtmpfs is here',
        `mount --bind / /tmp/a && echo changed >/tmp/a${marker}`,
        `umount -l / ; echo changed >${marker}`,
        `for p in /proc/[0-9]*; do echo changed >$p/root${marker}; done`,
        `nsenter -t 1 -m -p -n -u -i sh -c 'echo changed >${marker}; rm -f ${marker}; hostname taken'`,
      ].join('\n'),
    )
    expect(readFileSync(marker, 'utf8')).toBe('untouched\n')
    expect(hostname()).not.toBe('taken')
  })

  test('no device of the host can be opened', async () => {
    const { output } = await run(
      'cd /tmp; for d in 254:0 253:0 8:0 1:1; do rm -f d; mknod d b ${d%:*} ${d#*:} 2>/dev/null; head -c 1 d 2>/dev/null | wc -c; done; rm -f d; mknod d c 1 1; head -c1 d 2>/dev/null | wc -c',
    )
    expect(output.match(/^1$/m)).toBeNull()
  })

  test('the kernel’s settings stay as they are, and sysrq is out of reach', async () => {
    const before = hostSettings()
    const { output } = await run(
      [
        'echo taken >/proc/sys/kernel/hostname',
        'echo 4194303 >/proc/sys/kernel/pid_max',
        'echo 3 >/proc/sys/vm/swappiness',
        'echo 77777 >/proc/sys/fs/file-max',
        'echo /tmp/core >/proc/sys/kernel/core_pattern',
        // Only whether it could be opened for writing: nothing is ever written to it.
        'if [ -w /proc/sysrq-trigger ] && ( : >>/proc/sysrq-trigger ) 2>/dev/null; then echo sysrq is open; fi',
        'mkdir -p /tmp/p; mount -t proc proc /tmp/p && [ -w /tmp/p/sysrq-trigger ] && ( : >>/tmp/p/sysrq-trigger ) 2>/dev/null && echo sysrq is open; umount /tmp/p',
      ].join('\n'),
    )
    expect(output).not.toContain('sysrq is open')
    expect(hostSettings()).toEqual(before)
  })

  test('the host’s network is not there', async () => {
    const before = hostSurroundings()
    const rules = readFileSync('/proc/net/route', 'utf8')
    await run(
      'ip link set lo down; ip link set lo up; ip link add podpathx type veth peer name podpathy; ip link del podpathx; iptables -S >/dev/null; for p in /proc/[0-9]*; do nsenter --net=$p/ns/net ip link add podpathz type veth 2>/dev/null; nsenter --net=$p/ns/net ip link del podpathz 2>/dev/null; done',
    )
    expect(hostSurroundings()).toEqual(before)
    expect(readFileSync('/proc/net/route', 'utf8')).toBe(rules)
  })

  test('a socket of the host’s does not answer', async () => {
    await run(`python3 -c "
import socket
s = socket.socket(socket.AF_UNIX); s.settimeout(2); s.connect('${socket}')
"`)
    expect(callers).toBe(0)
  })

  test('only the lab’s own processes can be seen', async () => {
    const { output } = await run(`for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; echo; done`)
    expect(output).not.toMatch(/vitest/)
  })
})

test('kill -9 -1 in a pod ends that pod’s processes and nothing else', async () => {
  const witness = process.pid
  await lab.inPod(3, 'kill -9 -1')
  process.kill(witness, 0)
  expect((await lab.inPod(1, 'echo here')).output).toBe('here\n')
  expect((await lab.onNode(3, 'echo here')).output).toBe('here\n')
})
