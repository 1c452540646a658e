import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { podOf } from '../lab/idle-pod.ts'
import { labProcesses, sandboxOf } from '../lab/lab-processes.ts'
import { attackedLab, ways, whyNot, type AttackedLab } from './lab-footholds.ts'
import { podsOf } from './lab-pods.ts'
import { makeMarkers, type Markers } from './lab-markers.ts'

/**
 * What a pod's description makes the lab do on its behalf: mount, enter, run, copy. Whoever describes pods and writes on a node may have put links,
 * programs and directories of their own wherever the lab goes for it, and may exchange them meanwhile.
 */

const hostPath = (path: string): object => ({ name: 'v', hostPath: { path } })
const mountedAt = (mountPath: string, more: object = {}): object => ({
  volumeMounts: [{ name: 'v', mountPath, ...more }],
})

/** Says TAKEN for whatever of the machine's or of the lab's own is found below these places. */
const search = ({ hidden, secret }: Markers, ...places: readonly string[]): string => `
  for at in ${places.join(' ')}; do
    for path in ${hidden.join(' ')}; do [ ! -e $at$path ] || echo TAKEN $at$path; cat $at$path/secret; done
    for path in lab/zone lab/sandbox sandbox zone sys/kernel/core_pattern sysrq-trigger kernel/uevent_helper; do
      case $path in
        sys/*|sysrq*|kernel/*) if [ -w $at/$path ] && ( : >> $at/$path ); then echo TAKEN $at/$path; fi ;;
        *) [ ! -e $at/$path ] || echo TAKEN $at/$path ;;
      esac
    done
    for p in $at/[0-9]*; do [ ! -e $p/root/lab/zone ] || echo TAKEN $p; done
    for f in $at/fd/*; do case $(readlink $f) in *podpath-judge*) echo TAKEN $f ;; esac; done
  done 2>/dev/null
  : ${secret.length}`

const links = [
  ...['/', '/dev', '/proc', '/sys', '/etc', '/run', '/proc/1/root', '/proc/self/root', '/proc/self/cwd'],
  ...['/proc/self/fd', '../../../../../../../..', '/lab', '/proc/1/cwd/..'],
]

describe.each(ways)('a lab that %s started', (way) => {
  let lab: AttackedLab
  let markers: Markers
  let node: string
  const onNode = (script: string): Promise<string> => lab.inPod('maker', script)
  const { runs, remove, settled } = podsOf(() => lab)
  const mount = (name: string, path: string, at: string, more: object = {}, container: object = {}): object =>
    podOf(name, { nodeName: node, volumes: [hostPath(path)] }, { ...mountedAt(at, more), ...container })

  beforeAll(async () => {
    if (whyNot(way) !== undefined) return
    markers = await makeMarkers(way === 'root' ? 0 : 12_345)
    // Of many addresses: one that was given back is not given again for half a minute.
    lab = await attackedLab(way, { name: 'volumes', options: ['--instance-type', 'm5.4xlarge'] })
    node = lab.nodes[0] ?? ''
    await lab.apply(mount('maker', '/var', '/v'))
    await runs('maker')
  })
  beforeEach(({ skip }) => {
    skip(whyNot(way) !== undefined, whyNot(way))
  })
  afterAll(async () => {
    markers?.remove()
    await lab?.down()
  })

  test('a hostPath through a link ends below the node’s root (CVE-2017-1002101’s kind)', async () => {
    const all = [...links, markers.hidden[2] ?? '', `../../..${markers.hidden[2]}`]
    await onNode(all.map((target, n) => `ln -sfn '${target}' /v/evil-${n}`).join('\n'))
    const names = all.map((_, n) => `link-${n}`)
    const running = await settled(
      names.map((name, n) => mount(name, `/var/evil-${n}`, '/w')),
      names,
    )
    // It was followed: what is there is the node's.
    await runs('link-0')
    expect((await lab.inPod('link-0', 'cat /w/etc/hostname')).trim()).toBe(node)
    for (const name of running) expect(await lab.inPod(name, search(markers, '/w', '/w/..')), name).toBe('')
    await remove(...names)
  })

  test('so does a subPath, and one in a link (CVE-2017-1002101, CVE-2021-25741)', async () => {
    await onNode(
      'mkdir -p /v/sub; ln -sfn / /v/sub/top; ln -sfn ../../../../.. /v/sub/up; ln -sfn /proc/1/root /v/sub/proc',
    )
    const names = ['sub-top', 'sub-up', 'sub-proc']
    const running = await settled(
      names.map((name) => mount(name, '/var/sub', '/w', { subPath: name.slice(4) })),
      names,
    )
    await runs('sub-top')
    for (const name of new Set(['sub-top', ...running]))
      expect(await lab.inPod(name, search(markers, '/w', '/w/..')), name).toBe('')
    await remove(...names)
  })

  test('links that a pod leaves in its emptyDir lead its next sandbox nowhere else', async () => {
    await lab.apply(
      podOf(
        'again',
        { nodeName: node, volumes: [{ name: 'e', emptyDir: {} }] },
        {
          command: ['sleep', '4714'],
          volumeMounts: [
            { name: 'e', mountPath: '/w' },
            { name: 'e', mountPath: '/root-of-it', subPath: 'top' },
            { name: 'e', mountPath: '/above', subPath: 'up' },
            { name: 'e', mountPath: '/new', subPath: 'new/one' },
          ],
        },
      ),
    )
    await runs('again')
    await lab.inPod(
      'again',
      'cd /w; echo own > mark; mv top old; mv up old2; mv new old3; ln -s / top; ln -s ../../../../../../.. up; ln -s /lab new',
    )
    process.kill(sandboxOf(labProcesses(lab.record.pid), '4714').pid, 'SIGKILL')
    await expect
      .poll(() => lab.kubectl('get', 'events', '--field-selector=involvedObject.name=again'), {
        timeout: 20_000,
      })
      .toContain('SandboxChanged')
    await runs('again')
    // Each is the volume itself, or was made in it.
    const again = (script: string): Promise<string> => lab.kubectl('exec', 'again', '--', 'sh', '-c', script)
    expect(await again('cat /root-of-it/mark /above/mark; ls /w/lab; ls -A /new')).toBe('own\nown\none\n')
    expect(await again(search(markers, '/root-of-it', '/above', '/new', '/new/..', '/w'))).toBe('')
    await remove('again')
  })

  test('exchanging directories for links while they are mounted leads nowhere else (CVE-2021-25741, CVE-2021-30465)', async () => {
    await onNode(`mkdir -p /v/race/x; ln -sfn / /v/race/y
      cat > /v/exchange.py <<'EOF'
import ctypes, time
libc = ctypes.CDLL(None)
until = time.time() + 8
while time.time() < until:
    # RENAME_EXCHANGE
    for _ in range(100): libc.renameat2(-100, b'/v/race/x', -100, b'/v/race/y', 2)
EOF
      timeout 30 python3 /v/exchange.py >/dev/null 2>&1 &`)
    const names = Array.from({ length: 8 }, (_, n) => `race-${n}`)
    const running = await settled(
      names.map((name, n) =>
        n % 2 === 0
          ? mount(name, '/var/race', '/w', { subPath: 'x' })
          : podOf(
              name,
              { nodeName: node, volumes: [hostPath('/var/race'), { name: 'e', emptyDir: {} }] },
              {
                volumeMounts: [
                  { name: 'v', mountPath: '/w' },
                  { name: 'e', mountPath: '/w/x/deep' },
                ],
              },
            ),
      ),
      names,
    )
    // When nothing is exchanged any more they can be mounted at the latest.
    await runs('race-0', 'race-2')
    for (const name of new Set(['race-0', 'race-2', ...running]))
      expect(await lab.inPod(name, search(markers, '/w', '/w/..', '/w/x', '/w/y')), name).toBe('')
    await remove(...names)
  })

  test('a pod’s own programs run with a pod’s rights, wherever they are mounted (CVE-2019-14271, CVE-2019-5736)', async () => {
    const own = (await onNode('cat /proc/self/uid_map')).trim()
    await onNode(`mkdir -p /v/programs; cat > /v/programs/program <<'EOF'
#!/bin/sh
old=$PATH; PATH=/usr/bin:/bin
{ echo ran "\${0##*/}" $(cat /proc/self/uid_map) $(sed -n 's/^CapEff://p' /proc/self/status)
  for place in / /mnt /mnt/mnt; do [ ! -e $place/lab/zone ] || echo TAKEN; done; } >> /usr/local/sbin/said 2>&1
PATH=$old; exec "/usr/bin/\${0##*/}" "$@"
EOF
      chmod 755 /v/programs/program; : > /v/programs/said; chmod 666 /v/programs/said
      for name in sh env sleep umount mount nsenter unshare setpriv script stty readlink cat perl; do ln -f /v/programs/program /v/programs/$name; done`)
    await lab.apply(mount('programs', '/var/programs', '/usr/local/sbin'))
    await runs('programs')
    await lab.kubectl('exec', 'programs', '--', 'true')
    const [program, ...words] = lab.podpathWords(
      ...['lab', 'shell', '--name', 'volumes', '--'],
      ...['script', '-qec', 'kubectl exec -it programs -- sh -c true', '/dev/null'],
    )
    spawnSync(program, words, { timeout: 60_000, stdio: 'ignore' })
    const said = await onNode('cat /v/programs/said')
    expect(said).toMatch(/^ran sleep /m)
    const lines = said.trim().split('\n')
    const pods = `${own.replace(/\s+/g, ' ')} 00000000a80425fb`
    expect(lines.filter((line) => line.replace(/^ran \w+ /, '') !== pods)).toEqual([])
    await remove('programs')
  })

  test('a pod’s own /proc and /dev redirect nothing that the lab writes (CVE-2025-31133, -52565, -52881)', async () => {
    await onNode(`mkdir -p /v/proc/self/attr /v/proc/self/fd /v/proc/sys/kernel /v/dev/pts /v/dev/net
      for name in attr/exec attr/apparmor attr/current oom_score_adj setgroups uid_map gid_map; do mkdir -p /v/proc/self/\${name%/*}; ln -sfn /v/caught /v/proc/self/$name; done
      for name in null zero full random urandom tty console ptmx pts/0 pts/ptmx net/tun; do ln -sfn /proc/sys/kernel/core_pattern /v/dev/$name; done
      : > /v/caught; chmod 666 /v/caught`)
    const names = ['own-proc', 'own-dev', 'own-null']
    const running = await settled(
      [
        mount('own-proc', '/var/proc', '/proc'),
        mount('own-dev', '/var/dev', '/dev'),
        mount(
          'own-null',
          '/var/dev',
          '/w',
          {},
          { volumeMounts: [{ name: 'v', mountPath: '/dev/null', subPath: 'null' }] },
        ),
      ],
      names,
    )
    for (const name of running)
      expect(
        await lab.inPod(
          name,
          'grep -E " (/proc/sys/kernel/core_pattern|/dev/[a-z]+) proc " /proc/mounts; for f in /proc/sys/kernel/core_pattern /dev/console /dev/null; do if [ -L $f ] && ( : >> $f ) 2>&1; then echo TAKEN; fi; done; true',
        ),
        name,
      ).not.toMatch(/TAKEN| proc /)
    expect(await onNode('cat /v/caught')).toBe('')
    await remove(...names)
  })

  test('a working directory that is a descriptor of the lab’s is none (CVE-2024-21626)', async () => {
    const numbers = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 17, 18, 19, 20]
    const container = (name: string, workingDir: string): object => ({
      name,
      image: 'busybox',
      workingDir,
      command: ['sh', '-c', `pwd; ${search(markers, '.', '..', '../..', '../../..', '../../../../../..')}`],
    })
    await lab.apply(
      podOf('descriptors', {
        restartPolicy: 'Never',
        containers: [
          container('shown', '/usr/share'),
          ...numbers.map((n) => container(`n-${n}`, `/proc/self/fd/${n}`)),
        ],
      }),
    )
    await expect
      .poll(() => lab.kubectl('get', 'pod', 'descriptors', '--no-headers'), { timeout: 60_000 })
      .toMatch(/ (Error|Completed|Failed) /)
    const logs = await lab.kubectl('logs', 'descriptors', '--all-containers', '--prefix')
    expect(logs).toMatch(/shown\] \/usr\/share$/m)
    expect(logs).toMatch(/n-3\] env: cannot change directory to/)
    expect(logs).not.toContain('TAKEN')
    expect(logs).not.toContain(markers.secret)
    await remove('descriptors')
  })

  test.each([
    ['a hostPath with steps up', hostPath('/var/../../../etc'), '/w', {}],
    ['a subPath with steps up', hostPath('/var'), '/w', { subPath: '../../etc' }],
    ['an absolute subPath', hostPath('/var'), '/w', { subPath: '/etc' }],
    ['a place with steps up', hostPath('/var'), '/w/../../../../lab/zone', {}],
    [
      'a configmap with steps up',
      {
        name: 'v',
        configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: '../../x' }] },
      },
      '/w',
      {},
    ],
  ])('%s is refused (CVE-2022-23648’s kind)', async (what, volume, at, more) => {
    const name = what.replaceAll(' ', '-').toLowerCase()
    const pod = podOf(name, { nodeName: node, volumes: [volume] }, mountedAt(at, more))
    const refused = await lab.apply(pod).then(
      () => undefined,
      (error: unknown) => String(error),
    )
    if (refused !== undefined) expect(refused).toMatch(/is invalid/)
    else {
      expect(await settled([], [name])).toEqual([])
      await remove(name)
    }
  })

  test('a service account’s files are not written through a node (CVE-2017-1002102)', async () => {
    const output = await lab.from(
      'a privileged pod on the node’s network and processes',
      `n=0; for p in /proc/[0-9]*; do
         at=$p/root/run/secrets/kubernetes.io/serviceaccount; [ -e $at/token ] || continue; n=$((n + 1))
         mount -o remount,bind,rw $at 2>/dev/null; nsenter -t \${p#/proc/} -m mount -o remount,bind,rw /run/secrets/kubernetes.io/serviceaccount 2>/dev/null
         if ( : > $at/judge ) || ln -sfn / $at/..data || rm $at/..data/token; then echo TAKEN $at; fi
       done 2>/dev/null; echo looked at $n`,
    )
    expect(output).toMatch(/looked at [1-9]/)
    expect(output).not.toContain('TAKEN')
  })

  test('kubectl cp of a pod’s archive writes where it was told to (CVE-2018-1002100, CVE-2019-1002101)', async ({
    skip,
  }) => {
    const target = markers.hidden[2] ?? ''
    await onNode(`mkdir -p /v/tar && cat > /v/tar/archive.py <<'EOF'
import io, sys, tarfile
out = tarfile.open(fileobj=sys.stdout.buffer, mode='w|')
def put(name, link=None):
    entry = tarfile.TarInfo(name); text = b'changed\\n'
    if link is not None: entry.type = tarfile.SYMTYPE; entry.linkname = link; out.addfile(entry)
    else: entry.size = len(text); out.addfile(entry, io.BytesIO(text))
put('x/a', '${target}'); put('x/a/open'); put('x/b', '../../../../../../../../..'); put('x/b${target}/new')
put('x/../../../../../../../..${target}/open'); put('${target}/open'); put('x/fine')
out.close()
EOF
      printf '#!/bin/sh\\nexec python3 /evil/archive.py\\n' > /v/tar/tar; chmod 755 /v/tar/tar`)
    await lab.apply(
      mount('evil-tar', '/var/tar', '/evil', {}, { env: [{ name: 'PATH', value: '/evil:/usr/bin:/bin' }] }),
    )
    await runs('evil-tar')
    const place = mkdtempSync(join(tmpdir(), 'podpath-test-'))
    // Where kubectl refuses the whole archive, that is as good.
    const said = await lab.kubectl('cp', 'evil-tar:/x', join(place, 'out')).catch(String)
    expect(said).not.toMatch(/not found|No such/)
    expect(markers.changed()).toEqual([])
    const [program, ...words] = lab.podpathWords(
      ...['lab', 'shell', '--name', 'volumes', '--', 'kubectl', 'cp', 'evil-tar:/x', '/tmp/out'],
    )
    spawnSync(program, words, { timeout: 60_000, stdio: 'ignore' })
    expect(markers.changed()).toEqual([])
    // The same archive does it where links are believed.
    const archive = join(place, 'archive.tar')
    const octets = await lab.inPod('evil-tar', 'python3 /evil/archive.py | base64 -w 0')
    writeFileSync(archive, Buffer.from(octets, 'base64'))
    rmSync(join(place, 'out'), { recursive: true, force: true })
    skip(process.getuid?.() !== 0, 'what only root can do outside of a lab')
    spawnSync('tar', ['-xPf', archive, '-C', place])
    expect(markers.changed()).not.toEqual([])
    writeFileSync(join(target, 'open'), 'untouched\n')
    rmSync(join(target, 'new'), { force: true })
    rmSync(place, { recursive: true, force: true })
    expect(markers.changed()).toEqual([])
  })
})
