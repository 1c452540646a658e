import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { podOf } from '../lab/idle-pod.ts'
import { attackedLab, footholds, ways, whyNot, type AttackedLab } from './lab-footholds.ts'

/** A lab takes what it was given and no more, whoever in it asks for more: files, processes, memory. */

const mebi = 2 ** 20
const disk = 32
const processes = 900
const memory = 512

/** Octets of the lab's daemon that are resident: of the largest process below the lab's first. */
function memoryOf(pid: number): number {
  const below = (one: number): readonly number[] => [
    one,
    ...readFileSync(`/proc/${one}/task/${one}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number)
      .flatMap(below),
  ]
  const resident = (one: number): number =>
    readFileSync(`/proc/${one}/cmdline`, 'utf8').includes('daemon/main.js')
      ? Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${one}/status`, 'utf8'))?.[1] ?? 0) * 1024
      : 0
  const found = Math.max(...below(pid).map(resident))
  if (found === 0) throw new Error(`no daemon below process ${pid}`)
  return found
}

const python = (code: string): string => `python3 - <<'EOF'\n${code}\nEOF`

describe.each(ways)('a lab that %s started', (way) => {
  let lab: AttackedLab
  beforeAll(async () => {
    if (whyNot(way) !== undefined) return
    lab = await attackedLab(way, {
      name: 'limited',
      options: [...['--disk', `${disk}m`, '--processes', String(processes)], ...['--memory', `${memory}m`]],
    })
  })
  beforeEach(({ skip }) => {
    skip(whyNot(way) !== undefined, whyNot(way))
  })
  afterAll(async () => {
    await lab?.down()
  })

  describe.each([footholds[0], footholds[2], footholds[3], footholds[4]])('from %s', (foothold) => {
    beforeEach(({ skip }) => {
      const why = lab.without(foothold)
      skip(why !== undefined, why)
    })

    test('all that is written takes what the lab was given at the most', async () => {
      const places = ['/tmp', '/dev/shm', '/run', '/var/tmp', '/etc', '/root']
      const output = await lab.from(
        foothold,
        `for at in ${places.join(' ')}; do head -c ${2 * disk}M /dev/zero > $at/judge; done
         stat -c 'has %s' ${places.map((at) => `${at}/judge`).join(' ')}; rm -f ${places.map((at) => `${at}/judge`).join(' ')}`,
      )
      const sizes = [...output.matchAll(/^has (\d+)$/gm)].map(([, size]) => Number(size))
      expect(sizes).toHaveLength(places.length)
      expect(output).toMatch(/No space left on device/)
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(disk * mebi)
    })

    test('files without a word in them are counted too', async () => {
      const output = await lab.from(
        foothold,
        python(`import os, shutil
os.makedirs('/tmp/judge', exist_ok=True)
n = 0
try:
    while n < 40000:
        os.close(os.open('/tmp/judge/%d' % n, os.O_CREAT | os.O_WRONLY)); n += 1
except OSError as error: print(error)
print('made', n); shutil.rmtree('/tmp/judge')`),
      )
      expect(output).toMatch(/No space left on device/)
      expect(Number(/made (\d+)/.exec(output)?.[1])).toBeLessThan(20_000)
    })

    test('processes are as many as it was given at the most', async () => {
      // Each sleeps for a moment, and there are at most as many as are asked for.
      const output = await lab.from(
        foothold,
        python(`import os, time
made = []
try:
    while len(made) < ${2 * processes}:
        pid = os.fork()
        if pid == 0:
            time.sleep(5); os._exit(0)
        made.append(pid)
except OSError as error: print(error)
for pid in made: os.kill(pid, 9)
for pid in made: os.waitpid(pid, 0)
print('made', len(made))`),
      )
      expect(output).toMatch(/Resource temporarily unavailable/)
      expect(Number(/made (\d+)/.exec(output)?.[1])).toBeLessThan(processes)
    })

    test('memory is as much as it was given at the most', async ({ skip }) => {
      skip(lab.record.groups === null, 'whoever starts this lab may make no control groups here')
      const output = await lab.from(
        foothold,
        `${python(`held = []
for n in range(${(2 * memory) / 64}): held.append(bytearray(b'x') * ${64 * 2 ** 20}); print('held', (n + 1) * 64, flush=True)`)}
         echo through`,
      )
      const held = Math.max(0, ...[...output.matchAll(/^held (\d+)$/gm)].map(([, size]) => Number(size)))
      expect(output).toContain('through')
      expect(held).toBeLessThan(memory)
    })
  })

  test('a node’s programs that never end what they say take none of the daemon’s memory', async () => {
    const [node = '', other = ''] = lab.nodes
    const podOn = (name: string, on: string): object => podOf(name, { nodeName: on })
    // The node of the foothold: others are not touched by what is mounted there.
    const onNode = (script: string): Promise<string> =>
      lab.from(footholds[2], `nsenter --target 1 --mount sh <<'EOF'\n${script}\nEOF`)
    const host = (await onNode('cat /etc/hostname')).trim()
    await onNode(`mkdir -p /run/judge; printf '#!/bin/sh\\nexec tr "\\\\0" a </dev/zero\\n' > /run/judge/ip; chmod 755 /run/judge/ip
      mount --bind /run/judge/ip "$(readlink -f "$(command -v ip)")"`)
    await lab.apply(podOn('talked-to-death', host))
    await expect
      .poll(() => lab.kubectl('get', 'events', '--field-selector=involvedObject.name=talked-to-death'), {
        timeout: 60_000,
      })
      .toMatch(/FailedCreatePodSandBox .* a script said more than 16777216 characters/)
    expect(memoryOf(lab.record.pid)).toBeLessThan(400 * mebi)
    // The others go on, and so does this one when its own are back.
    await lab.apply(podOn('elsewhere', host === node ? other : node))
    await lab.kubectl('wait', '--for=condition=Ready', 'pod/elsewhere', '--timeout=60s')
    await onNode('umount "$(readlink -f "$(command -v ip)")"; rm -r /run/judge')
    await lab.kubectl('wait', '--for=condition=Ready', 'pod/talked-to-death', '--timeout=90s')
    await lab.kubectl('delete', 'pod', 'talked-to-death', 'elsewhere', '--now')
  })

  test('and is none the worse for it', async () => {
    expect((await lab.from(footholds[0], 'echo well > /tmp/x; cat /tmp/x; rm /tmp/x')).trim()).toBe('well')
  })
})
