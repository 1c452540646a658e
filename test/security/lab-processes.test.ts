import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tryAttacks, type Attack } from './lab-attacks.ts'
import { footholds } from './lab-footholds.ts'
import { groupOfTheirs } from './lab-markers.ts'

/**
 * What a lab's processes have from whoever started it, and what they can do to processes outside: nothing. The lab is started with a
 * directory and a file open, a key in its session, a secret in its environment, in a directory of ours, by somebody of one more group.
 */

const name = `podpath-judge-${randomBytes(4).toString('hex')}`
const ipcKey = 0x6a000000 + (process.pid % 0xffffff)
const python = (code: string): string => `python3 - <<'EOF'\n${code}\nEOF`
const calls = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]`

/** A segment of memory with a secret, for everybody who knows its number. */
const share = (secret: string): string => `${calls}
at = libc.shmget(${ipcKey}, 4096, 0o1666)
ctypes.memmove(libc.shmat(at, None, 0), b'${secret}', ${secret.length})`
const unshare = `${calls}
libc.shmctl(libc.shmget(${ipcKey}, 0, 0), 0, None)`

const queues = `
import ctypes, os
try: queues = ctypes.CDLL('librt.so.1', use_errno=True)
except OSError: queues = ctypes.CDLL(None, use_errno=True)
`
/** A message queue of POSIX's with a message in it, for everybody who knows its name (mq_overview(7)). */
const makeQueue = `${queues}
os.umask(0)
queue = queues.mq_open(b'/${name}', os.O_CREAT | os.O_RDWR, 0o666, None)
assert queue >= 0 and queues.mq_send(queue, b'message', 7, 0) == 0`
const removeQueue = `${queues}
queues.mq_unlink(b'/${name}')`

/** Joins a session of keys of its own with one in it, and runs the rest of the words. */
const withKey = (secret: string): string => `python3 -c '
import ctypes, os, sys
libc = ctypes.CDLL(None)
libc.syscall(250, 1, None)
libc.syscall(248, b"user", b"${name}", b"${secret}", ${secret.length}, -3)
os.execvp(sys.argv[1], sys.argv[1:])'`

/** Each way into control groups: (namespaces) × (kinds of file system). Opened for writing, and nothing is written. */
const controlGroups = `mkdir -p /tmp/judge-groups
cat > /tmp/judge-groups.sh <<'EOF'
for kind in cgroup2 $(awk '$2 > 0 { print $1 }' /proc/cgroups 2>/dev/null); do
  case $kind in cgroup2) mount -t cgroup2 none /tmp/judge-groups ;; *) mount -t cgroup -o $kind none /tmp/judge-groups ;; esac || continue
  for f in $(find /tmp/judge-groups -maxdepth 2 '(' -name cgroup.kill -o -name cgroup.procs -o -name release_agent -o -name 'memory.*max' -o -name '*limit_in_bytes' ')' 2>/dev/null); do
    if [ -w $f ] && ( : >> $f ); then echo TAKEN $f; fi
  done | head -3
  umount /tmp/judge-groups
done
EOF
for f in $(find /sys/fs/cgroup /lab /opt/podpath -name cgroup.procs -writable 2>/dev/null | head -3); do echo TAKEN $f; done
sh /tmp/judge-groups.sh
for way in '-C' '-m -C' '-U -r -m' '-U -r -m -C'; do unshare $way sh /tmp/judge-groups.sh; done 2>&1 | tail -20
rm -rf /tmp/judge-groups /tmp/judge-groups.sh`

const attacks: readonly Attack[] = [
  {
    name: 'a directory and a file that were open where the lab was started (CVE-2024-21626)',
    because: 'only the descriptors that are meant reach a lab',
    script: ({ hidden }) => `ls -l /proc/[0-9]*/fd 2>/dev/null | grep podpath-judge && echo TAKEN
      for f in /proc/[0-9]*/fd/*; do [ ! -e $f/secret ] || { echo TAKEN; cat $f/secret; }; done 2>/dev/null
      [ ! -e ../../../../../..${hidden[2]} ] || echo TAKEN
      if ( echo changed >&78 ) || [ -e /proc/self/fd/77/secret ]; then echo TAKEN; fi`,
  },
  {
    name: 'the working directory in which the lab was started',
    because: 'every process of it begins in its own root',
    script: () =>
      `for p in /proc/[0-9]*; do case $(readlink $p/cwd) in *podpath-judge*) echo TAKEN ;; esac; cat $p/cwd/secret; done 2>/dev/null`,
  },
  {
    name: 'the environment of who started it',
    because: 'none of it is handed on',
    script: () => `cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep ^JUDGE=; true`,
  },
  {
    name: 'the keys of the session (keyrings)',
    because: 'a new session is joined before the lab is entered, and the calls are refused',
    script: () =>
      python(`${calls}
key = libc.syscall(249, b'user', b'${name}', None, -3)
text = ctypes.create_string_buffer(256)
print(key, libc.syscall(250, 11, key, text, 256), text.value.decode(errors='replace'))
print(open('/proc/keys').read().replace('${name}', 'TAKEN'))`),
    ...(process.arch === 'x64' ? {} : { withoutControl: 'the numbers of the calls are those of x86-64' }),
  },
  {
    name: 'files of a group of whoever started it',
    because: 'supplementary groups are given up',
    script: ({ shown }) => `cat ${shown}/group`,
  },
  {
    name: 'control groups (release_agent, CVE-2022-0492; cgroup.kill)',
    because:
      'no file system of them can be mounted: the guests’ root does not own their namespace, and can make none',
    script: () => controlGroups,
  },
  {
    name: 'user namespaces with id maps of one’s own (CVE-2018-18955)',
    because: 'the guests’ user namespace lets nobody make another',
    script: () =>
      `unshare -U true && echo TAKEN; unshare -U -r id -u && echo TAKEN
       ${python(`${calls}
# CLONE_NEWUSER
print('TAKEN' if libc.unshare(0x10000000) == 0 else os.strerror(ctypes.get_errno()))`)}`,
  },
  {
    name: 'seeing processes of the machine',
    because: 'a PID namespace shows its own',
    script: () => `mkdir -p /tmp/judge-proc; mount -t proc proc /tmp/judge-proc
      grep -aqs vitest /proc/[0-9]*/cmdline /tmp/judge-proc/[0-9]*/cmdline && echo TAKEN
      umount /tmp/judge-proc; rmdir /tmp/judge-proc`,
  },
  {
    name: 'entering namespaces of the machine’s',
    because: 'none of its processes is seen, and no descriptor leads to one',
    script: ({ hidden }) => `for p in $(ls -d /proc/[0-9]* | head -n 60); do
        nsenter --mount=$p/ns/mnt cat ${hidden[2]}/secret && break; done 2>/dev/null`,
  },
  {
    name: 'shared memory of System V',
    because: 'an IPC namespace has its own',
    script: () =>
      python(`${calls}
at = libc.shmget(${ipcKey}, 0, 0)
print(ctypes.string_at(libc.shmat(at, None, 0)).decode() if at >= 0 else 'none')`),
  },
  {
    name: 'a message queue of POSIX’s',
    because: 'it belongs to the IPC namespace, and its file system cannot be mounted',
    script: () => `${python(`${queues}
print('TAKEN' if queues.mq_open(b'/${name}', os.O_RDWR) >= 0 else os.strerror(ctypes.get_errno()))`)}
      mkdir -p /tmp/judge-mq; mount -t mqueue none /tmp/judge-mq; for at in /tmp/judge-mq /dev/mqueue; do [ ! -e $at/${name} ] || echo TAKEN; done
      umount /tmp/judge-mq 2>/dev/null; rmdir /tmp/judge-mq`,
  },
  {
    name: 'an abstract socket of the machine’s (CVE-2020-15257)',
    because: 'they belong to a network namespace, and the lab’s are its own',
    script: () =>
      python(`import socket
# Node.js before 22 fills the name up with zeros.
for path in ('\\0${name}', '\\0${name}'.ljust(108, '\\0')):
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(path); print('TAKEN')
    except OSError as error: print(error)`),
  },
]

let server: Server
beforeAll(async () => {
  execFileSync('python3', ['-c', makeQueue], { timeout: 30_000 })
  server = createServer().listen(`\0${name}`)
  await new Promise((resolve) => server.once('listening', resolve))
})
afterAll(() => {
  server.close()
  execFileSync('python3', ['-c', unshare])
  execFileSync('python3', ['-c', removeQueue])
})

/**
 * Looks for two seconds at every process that is seen, for one that has more than we have: its program can be opened for writing (ETXTBSY: it
 * could, but that it runs), its memory, its root, or it can be traced.
 */
const watch = python(`import ctypes, errno, os, re, time
libc = ctypes.CDLL(None, use_errno=True)
own = os.readlink('/proc/self/ns/user')
capabilities = lambda at: int(re.search('CapPrm:.(.*)', open(at + '/status').read()).group(1), 16)
more = lambda at: os.readlink(at + '/ns/user') != own or capabilities(at) & ~capabilities('/proc/self')
seen = 0
until = time.time() + 3
while time.time() < until:
    for pid in filter(str.isdigit, os.listdir('/proc')):
        at = '/proc/' + pid
        if pid == str(os.getpid()): continue
        seen += 1
        try: os.close(os.open(at + '/exe', os.O_WRONLY)); print('TAKEN', pid, 'program')
        except OSError as error:
            # It is said before a read-only mount is looked at.
            if error.errno == errno.ETXTBSY and not os.statvfs(at + '/exe').f_flag & os.ST_RDONLY: print('TAKEN', pid, 'program')
        try:
            if os.path.exists(at + '/root/lab/zone'): print('TAKEN', pid, 'root')
            for fd in os.listdir(at + '/fd'):
                if '/lab/' in os.readlink(at + '/fd/' + fd): print('TAKEN', pid, fd)
        except OSError: pass
        try:
            if os.readlink(at + '/ns/user') != own: print('TAKEN', pid, 'namespace')
        except OSError:
            # One that is not ours to look at is not ours to trace either: PTRACE_SEIZE. It may have given up what it had in between: it
            # stands still (PTRACE_INTERRUPT; before it ends, too: PTRACE_O_TRACEEXIT) while we see what it has left, and goes on
            # (PTRACE_DETACH). What has no namespace any more was ending before it was seized, and runs nothing.
            if libc.ptrace(0x4206, int(pid), None, ctypes.c_void_p(0x40)) == 0:
                libc.ptrace(0x4207, int(pid), None, None)
                try: os.waitpid(int(pid), 0x40000000)
                except OSError: pass
                try: print('TAKEN ' + pid + ' traced' if more(at) else 'harmless')
                except (FileNotFoundError, ProcessLookupError): print('ended')
                except OSError as error: print('TAKEN', pid, 'traced', error)
                libc.ptrace(17, int(pid), None, None)
print('looked', seen)`)

/** Types into the terminal of its own session, however it is reached. */
const typing = `
import fcntl, os
for path in ('/dev/tty', '/proc/self/fd/0', '/proc/self/fd/1', '/proc/self/fd/2'):
    try:
        at = os.open(path, os.O_RDWR)
        for c in "echo TYPED\\n": fcntl.ioctl(at, 0x5412, c.encode())
    except OSError: pass
`

tryAttacks(
  attacks,
  ({ hidden, secret }) => {
    execFileSync('python3', ['-c', share(secret)])
    return {
      name: 'processes',
      groups: [12_345, groupOfTheirs],
      before: `cd ${hidden[2]}; exec 77<${hidden[2]} 78>>${hidden[2]}/open; export JUDGE=${secret}
        ${process.arch === 'x64' ? `exec ${withKey(secret)} "$@"` : ''}`,
    }
  },
  (lab) => {
    test.each([footholds[2], footholds[3], footholds[4]])(
      'from %s nothing that the lab runs there is taken over (CVE-2019-5736)',
      async (foothold) => {
        const watching = lab().from(foothold, watch)
        const until = Date.now() + 2500
        while (Date.now() < until) {
          await lab().kubectl('exec', 'privileged', '--', 'true')
          await lab().kubectl('exec', 'node-shell', '--', 'true')
          if (foothold === footholds[4])
            await ended(lab().podpathWords('lab', 'shell', '--name', 'processes', '--', 'true'))
        }
        const output = await watching
        expect(output).toMatch(/looked [1-9]/)
        expect(output).not.toContain('TAKEN')
      },
    )

    test('nothing is typed into the terminal from which a shell was opened (TIOCSTI)', async ({ skip }) => {
      // What bash, the shell of the terminal, reads when the first program has ended is what was typed meanwhile.
      const onTerminal = (words: readonly string[]): Promise<string> =>
        ended([
          ...['env', 'SHELL=/bin/bash', 'script'],
          '-qec',
          `${words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}; read -t 1 line; echo "got: $line"`,
          '/dev/null',
        ])
      const inLab = await onTerminal(
        lab().podpathWords('lab', 'shell', '--name', 'processes', '--', 'python3', '-c', typing),
      )
      expect(inLab).toMatch(/got: \s*$/)
      skip(process.getuid?.() !== 0, 'what only root can do outside of a lab')
      expect(await onTerminal(['python3', '-c', typing])).toContain('got: echo TYPED')
    })
  },
)

/** What it said to its end, with a standard input that nobody writes to. */
function ended([program, ...words]: readonly string[]): Promise<string> {
  const child = spawn(program ?? '', words, { stdio: ['pipe', 'pipe', 'inherit'], timeout: 60_000 })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => {
      child.stdin.destroy()
      resolve(said)
    })
  })
}
