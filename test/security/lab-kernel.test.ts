import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  callNumber,
  findCall,
  isKnownProcessor,
  type Call,
} from '../../src/lab/namespaces/syscalls/syscall-numbers.ts'
import { tryAttacks, type Attack } from './lab-attacks.ts'
import { footholds } from './lab-footholds.ts'

/**
 * The kernel's settings, its calls for administrators, and the machine's network. Settings are opened for writing and never written; calls
 * are made with arguments that could not succeed, and are taken when they fail for another reason than that we may not.
 */

const python = (code: string): string => `python3 - <<'EOF'\n${code}\nEOF`

/** What is opened, wherever it can be seen: below /proc and /sys as they are, and as they are mounted anew. */
const settings = [
  ...['proc/sys/kernel/core_pattern', 'proc/sys/kernel/modprobe', 'proc/sys/kernel/hotplug'],
  ...['proc/sys/kernel/sysrq', 'proc/sys/kernel/pid_max', 'proc/sys/kernel/unprivileged_bpf_disabled'],
  ...['proc/sys/vm/drop_caches', 'proc/sys/vm/overcommit_memory', 'proc/sys/fs/file-max'],
  ...[
    'proc/sys/fs/binfmt_misc/register',
    'proc/sys/fs/protected_symlinks',
    'proc/sys/user/max_user_namespaces',
  ],
  ...['proc/sysrq-trigger', 'proc/kcore', 'proc/kmsg', 'proc/mtrr', 'proc/irq/default_smp_affinity'],
  ...['sys/kernel/uevent_helper', 'sys/kernel/mm/transparent_hugepage/enabled', 'sys/power/state'],
  ...['sys/module/kernel/parameters/panic', 'sys/kernel/profiling', 'sys/kernel/kexec_crash_size'],
  ...['dev/mem', 'dev/kmem', 'dev/port', 'dev/kmsg', 'dev/kvm', 'dev/vsock', 'dev/fuse', 'dev/loop-control'],
]
const openSettings = `mkdir -p /tmp/judge/proc /tmp/judge/sys
  umount -l /proc/sys /proc/irq /proc/fs 2>/dev/null; mount -o remount,rw /proc/sys 2>/dev/null; mount -o remount,bind,rw /proc/sys 2>/dev/null
  mount -t proc proc /tmp/judge/proc; mount -t sysfs sysfs /tmp/judge/sys; mount -o remount,rw /sys 2>/dev/null
  for at in '' /tmp/judge; do for f in ${settings.join(' ')}; do
    if [ -e $at/$f ] && ( : >> $at/$f ) 2>/dev/null; then echo TAKEN $at/$f; fi
  done; done
  umount /tmp/judge/proc /tmp/judge/sys; rm -rf /tmp/judge`

/** Calls with arguments that are wrong, so that nothing happens to the machine where they are allowed. */
const calls: readonly (readonly [Call, string])[] = [
  ['init_module', '0, 0, 0'],
  ['finit_module', '-1, 0, 0'],
  ['delete_module', "b'podpath_judge_none', 0o4000"],
  ['kexec_load', '0, 0, 0, 0x7fff0000'],
  ['kexec_file_load', '-1, -1, 0, 0, 0x7fff0000'],
  ['reboot', '0, 0, 0, 0'],
  ['swapon', "b'/podpath-judge-none', 0"],
  ['swapoff', "b'/podpath-judge-none'"],
  ['acct', "b'/podpath-judge-none'"],
  ['syslog', '10, 0, 0'],
  ['settimeofday', '0, 0'],
  ['bpf', '0, 0, 0'],
  ['perf_event_open', '0, 0, 0, -1, 0'],
  ['userfaultfd', '0x7fff0000'],
  ['fanotify_init', '0x7fff0000, 0'],
  ['open_by_handle_at', '-1, 0, 0'],
  ['io_uring_setup', '0, 0'],
  ['add_key', "b'user', b'podpath-judge', b'x', 1, 0x7fffffff"],
  ['keyctl', '0, -3, 0'],
  ['socket', '40, 1, 0'],
]
const processor = isKnownProcessor(process.arch) ? process.arch : undefined
const makeCalls = python(`import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
def call(name, number, *args):
    ctypes.set_errno(0)
    got = libc.syscall(number, *args)
    why = ctypes.get_errno()
    if got >= 0 or why not in (errno.EPERM, errno.ENOSYS, errno.EAFNOSUPPORT): print('TAKEN', name, got, errno.errorcode.get(why))
${processor === undefined ? '' : calls.flatMap(([name, words]) => (findCall(processor, name) === undefined ? [] : [`call('${name}', ${callNumber(processor, name)}, ${words})`])).join('\n')}`)

/** What only the first user namespace mounts, or only who owns the namespace that it shows; `proc` shows that it can be done at all. */
const fileSystems = [
  ...[
    'proc',
    'cgroup2',
    'cgroup',
    'mqueue',
    'debugfs',
    'tracefs',
    'devtmpfs',
    'bpf',
    'securityfs',
    'configfs',
  ],
  ...['pstore', 'hugetlbfs', 'ext4', 'xfs', 'btrfs', 'squashfs', 'erofs', 'autofs', 'fusectl', 'efivarfs'],
]

/** The same by descriptors, as mount(8) of today does it, past what looks at mount(2) alone; nothing is put into the tree. */
const mountByDescriptor = python(`import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
# fsopen, fsconfig, fsmount: the same numbers on every processor. FSCONFIG_CMD_CREATE is 6.
for name in '${fileSystems.join(' ')}'.split():
    at = libc.syscall(430, name.encode(), 0)
    if at < 0: continue
    if name == 'cgroup': libc.syscall(431, at, 1, b'name', b'podpath-judge', 0)
    if libc.syscall(431, at, 6, None, None, 0) == 0 and libc.syscall(432, at, 0, 0) >= 0: print('TAKEN', name)
    os.close(at)`)

/** From every namespace that a process is in to the user namespace that owns it, and into that (NS_GET_USERNS, NS_GET_PARENT, setns). */
const climbNamespaces = python(`import ctypes, fcntl, os
libc = ctypes.CDLL(None, use_errno=True)
own = os.readlink('/proc/self/ns/user')
for kind in os.listdir('/proc/self/ns'):
    at = os.open('/proc/self/ns/' + kind, os.O_RDONLY)
    for request in (0xb701, 0xb702):
        try: up = fcntl.ioctl(at, request)
        except OSError: continue
        if os.readlink('/proc/self/fd/%d' % up) != own: print('TAKEN', kind, os.readlink('/proc/self/fd/%d' % up))
        if libc.setns(up, 0) == 0: print('TAKEN', kind)
    # NS_MNT_GET_NEXT and NS_MNT_GET_PREV: mount namespaces one after the other.
    if kind == 'mnt':
        for request in (11, 12):
            try: print('TAKEN', fcntl.ioctl(at, (2 << 30) | (16 << 16) | (0xb7 << 8) | request, bytearray(16)))
            except OSError: pass`)

/** name_to_handle_at(2) on this machine for a file of ours, and open_by_handle_at(2) wherever it is tried. */
const handleOf = (path: string): string =>
  execFileSync(
    'python3',
    [
      '-c',
      `import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
handle = ctypes.create_string_buffer(136); handle[0:4] = (128).to_bytes(4, sys.byteorder)
mount = ctypes.c_int()
assert libc.name_to_handle_at(-100, ${JSON.stringify(path)}.encode(), handle, ctypes.byref(mount), 0) == 0
print(handle.raw[:8 + int.from_bytes(handle.raw[:4], sys.byteorder)].hex())`,
    ],
    { encoding: 'utf8' },
  ).trim()

const wire = `judge${randomBytes(4).toString('hex')}`
let server: Server
const port = (): number => (server.address() as AddressInfo).port
const addresses = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .filter(({ family }) => family === 'IPv4')
  .map(({ address }) => address)

beforeAll(async () => {
  server = createServer().listen(0, '0.0.0.0')
  await new Promise((resolve) => server.once('listening', resolve))
  if (process.getuid?.() === 0)
    execFileSync('ip', ['link', 'add', wire, 'type', 'veth', 'peer', 'name', `${wire}p`])
})
afterAll(() => {
  server.close()
  if (process.getuid?.() === 0) execFileSync('ip', ['link', 'del', wire])
})

const attacks: readonly Attack[] = [
  {
    name: 'opening settings and devices (core_pattern, modprobe, uevent_helper, sysrq-trigger, kmsg)',
    because: 'they belong to the machine’s root, who has no id inside, and are read-only or not there',
    script: () => openSettings,
  },
  {
    name: 'file systems of the kernel’s own (debugfs, tracefs, securityfs, devtmpfs)',
    because: 'only the first user namespace mounts them',
    script:
      () => `mkdir -p /tmp/judge-fs; for type in debugfs tracefs securityfs devtmpfs configfs pstore efivarfs; do
      mount -t $type none /tmp/judge-fs && { echo TAKEN $type; umount /tmp/judge-fs; }; done; rmdir /tmp/judge-fs`,
  },
  {
    name: 'calls for administrators, and ways into the kernel (bpf, perf, kexec, modules, keys, vsock)',
    because: 'a filter refuses them before any capability is asked for',
    script: () => makeCalls,
    ...(processor === undefined ? { withoutControl: 'this processor’s calls are not known' } : {}),
  },
  {
    name: 'mounting what shows the machine by descriptors (fsopen, fsmount)',
    because: 'the guests’ root owns none of the namespaces that are shown, and is not root of the first',
    script: () => mountByDescriptor,
  },
  {
    name: 'climbing to the user namespace that owns one’s own (NS_GET_USERNS, NS_GET_PARENT, setns)',
    because: 'the kernel shows nobody what lies above, and lets nobody in',
    script: () => climbNamespaces,
    withoutControl: 'above the machine’s own there is none',
  },
  {
    name: 'opening a file by its handle (open_by_handle_at, “shocker”)',
    because: 'the call is refused, and wants a capability of the first user namespace',
    script: ({ hidden }) => {
      const directory = hidden[2] ?? ''
      return python(`import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
handle = ctypes.create_string_buffer(bytes.fromhex('${handleOf(`${directory}/secret`)}'))
for path in ('/usr', '/', '/opt', '/opt/podpath/dist'):
    try:
        at = libc.open_by_handle_at(os.open(path, os.O_RDONLY), handle, 0)
        print(os.read(at, 100).decode() if at >= 0 else os.strerror(ctypes.get_errno()))
    except OSError as error: print(error)`)
    },
  },
  {
    name: 'names of the machine’s interfaces, whatever is unmounted',
    because: '/sys is that of a network namespace of the lab’s',
    script:
      () => `for n in 1 2 3; do umount -l /sys; done 2>/dev/null; mkdir -p /tmp/judge-sys; mount -t sysfs sysfs /tmp/judge-sys
      ls /sys/class/net /tmp/judge-sys/class/net /sys/devices/virtual/net /proc/1/root/sys/class/net 2>/dev/null | grep ${wire} && echo TAKEN
      cat /proc/net/dev /proc/[0-9]*/net/dev 2>/dev/null | grep -q ${wire} && echo TAKEN
      for p in $(ls -d /proc/[0-9]* | head -n 60); do nsenter --net=$p/ns/net ip link 2>/dev/null | grep -q ${wire} && echo TAKEN && break; done
      umount /tmp/judge-sys; rmdir /tmp/judge-sys`,
  },
  {
    name: 'a port of the machine’s, on its loopback and on its addresses',
    because: 'nothing of a lab is wired to the machine’s network',
    script: () =>
      python(`import socket
for address in '${addresses.join(' ')} 169.254.1.1 0.0.0.0'.split():
    try:
        s = socket.create_connection((address, ${port()}), 1); print('TAKEN', address)
    except OSError as error: print(error)`),
  },
]

tryAttacks(attacks, { name: 'kernel' }, (lab, markers) => {
  test.each([footholds[1], footholds[2], footholds[3], footholds[4]])(
    'from %s a handler for programs (binfmt_misc) that is registered runs nothing of the machine’s',
    async (foothold) => {
      const magic = `PODPATHJUDGE${randomBytes(4).toString('hex')}`
      // Where the kernel has one for every user namespace (Linux 6.7) it can be registered; what it runs is the lab's.
      await lab().from(
        foothold,
        `mkdir -p /tmp/judge-b; mount -t binfmt_misc none /tmp/judge-b
         echo ':${magic}:M::${magic}::/usr/bin/true:' > /tmp/judge-b/register; ls /tmp/judge-b`,
      )
      const program = `${markers().hidden[6]}/program`
      execFileSync('sh', ['-c', `echo ${magic} > ${program}; chmod 755 ${program}`])
      const run = (): string => {
        try {
          execFileSync(program, { stdio: 'ignore' })
          return 'ran'
        } catch (error) {
          return String(error)
        }
      }
      expect(run()).not.toBe('ran')
      execFileSync('rm', [program])
      await lab().from(foothold, `echo -1 > /tmp/judge-b/${magic}; umount /tmp/judge-b; rmdir /tmp/judge-b`)
    },
  )
})
