import { tryAttacks, type Attack } from './lab-attacks.ts'
import type { Markers } from './lab-markers.ts'

/**
 * The machine's files are not read and not written from a lab. Below /usr they are seen, and may be read as far as everybody on the
 * machine may; nothing else of them is there.
 */

const each = (list: readonly string[], script: (path: string) => string): string =>
  list.map((path) => script(path)).join('\n')
const all = ({ hidden, shown }: Markers): readonly string[] => [...hidden, shown]

/** Whatever a running process lets others see of the files that it has. */
const throughProcesses = (script: (root: string) => string): string =>
  `for p in /proc/[0-9]*; do for way in root cwd root/.. cwd/.. cwd/../../../..; do ${script('$p/$way')}; done; done`

const mounted = (mount: string, { shown }: Markers): string =>
  `mkdir -p /tmp/mnt; ${mount}; for at in '' /tmp/mnt; do ( echo changed > $at${shown}/open ) ; done; umount /tmp/mnt; umount /usr; umount -l /tmp/mnt`

const attacks: readonly Attack[] = [
  {
    name: 'reading files that only their owner may read',
    because: 'they are not there, and below /usr the lab’s root is somebody else',
    script: (markers) => each(all(markers), (path) => `cat ${path}/secret`),
  },
  {
    name: 'looking for them by name',
    because: 'the machine’s root is left behind before anything of a lab runs',
    script: ({ hidden }) =>
      `for name in ${hidden.join(' ')}; do [ ! -e "$name" ] || echo TAKEN "$name"; done
       find / -xdev -maxdepth 4 -name 'podpath-judge-*' -not -path '/usr/*' 2>/dev/null | sed 's/^/TAKEN /'`,
  },
  {
    name: 'reading them through the processes that are seen',
    because: 'only processes of the lab are, and what they have open is the lab’s',
    script: ({ hidden }) =>
      throughProcesses((root) =>
        each(hidden, (path) => `[ ! -e "${root}${path}" ] || cat "${root}${path}/secret"`),
      ),
  },
  {
    name: 'reading them through what processes have open',
    because: 'no descriptor of the machine’s comes along',
    script: ({ hidden }) =>
      `[ ! -r ${hidden[0]}/open ] || exec 9<${hidden[0]}/open; find /proc/[0-9]*/fd/ -maxdepth 1 -lname '*podpath-judge*' -printf 'TAKEN %p\\n' 2>/dev/null`,
  },
  {
    name: 'writing files that everybody may write',
    because: 'they are not there, and /usr is read-only whoever asks',
    script: (markers) => each(all(markers), (path) => `( echo changed > ${path}/open )`),
  },
  {
    name: 'making and removing files',
    because: 'the same',
    script: (markers) =>
      each(
        all(markers),
        (path) => `rm -f ${path}/open; ( echo x > ${path}/new ); mv ${path}/secret ${path}/open`,
      ),
  },
  {
    name: 'mounting /usr writable again',
    because: 'what was mounted before the guests’ user namespace was made is locked in it',
    script: (markers) =>
      mounted(
        'mount -o remount,rw /usr; mount -o remount,bind,rw /usr; mount -o rw --bind /usr /tmp/mnt && mount -o remount,bind,rw /tmp/mnt',
        markers,
      ),
  },
  {
    name: 'taking away what covers the machine’s files',
    because: 'nothing does: they are not below it',
    script: (markers) =>
      `for at in /mnt /opt /etc /root /home /run /tmp /var /; do umount -l $at 2>/dev/null; done
       ${each(markers.hidden, (path) => `cat ${path}/secret; ( echo changed > ${path}/open )`)}`,
    withoutControl: 'it would take what is mounted there from the test',
  },
  {
    name: 'walking out of a root with a directory that is open',
    because: 'the way up ends at the root of the mount namespace, which is the lab’s',
    script: ({ hidden }) => `cd /tmp && python3 - <<'EOF'
import os
os.makedirs('judge-jail', exist_ok=True)
out = os.open('/', os.O_RDONLY)
try:
    os.chroot('judge-jail')
    os.fchdir(out)
    for _ in range(64): os.chdir('..')
    os.chroot('.')
except OSError as error: print(error)
for path in '${hidden.join(' ')}'.split():
    try: print(open(path + '/secret').read())
    except OSError as error: print(error)
EOF`,
  },
  {
    name: 'a device file of the machine’s that everybody may open',
    because: 'every mount of a sandbox is nodev',
    script: ({ shown }) => `[ "$(head -c 1 ${shown}/zero | wc -c)" = 0 ] || echo TAKEN`,
  },
  {
    name: 'making device files',
    because:
      'the kernel lets no user namespace but the first make them, nor open what lies on its file systems',
    script: () => `cd /tmp; for name in 'c 1 1' 'c 1 5' 'c 10 237' 'b 7 7' 'b 254 0' 'b 8 0'; do
        rm -f judge-node; mknod judge-node $name || continue
        dd if=judge-node of=/dev/null bs=1 count=1 && echo TAKEN $name; done; rm -f judge-node`,
  },
  {
    name: 'a setuid program of the machine’s',
    because: 'what is shown is nosuid, and the machine’s root has no id inside',
    script: ({ shown }) =>
      `[ "$(setpriv --reuid=1000 --regid=1000 --clear-groups ${shown}/id -u)" != 0 ] || echo TAKEN`,
  },
  {
    name: 'a socket of its owner’s',
    because: 'it is not there, and the lab’s ids are nobody’s',
    script: (markers) => `python3 - <<'EOF'
import socket
for path in '${all(markers).join(' ')}'.split():
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(path + '/own.sock'); print('TAKEN')
    except OSError as error: print(error)
EOF`,
  },
  {
    name: 'a pipe outside of /usr that everybody may write',
    because: 'it is not there',
    script: ({ hidden }) => `python3 - <<'EOF'
import os
for path in '${hidden.join(' ')}'.split():
    try:
        os.write(os.open(path + '/pipe', os.O_RDWR), b'x'); print('TAKEN')
    except OSError as error: print(error)
EOF`,
  },
]

tryAttacks(attacks, { name: 'files' })
