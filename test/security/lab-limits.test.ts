import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { attackedLab, footholds, ways, whyNot, type AttackedLab } from './lab-footholds.ts'

/** A lab takes what it was given and no more, whoever in it asks for more: files, processes, memory. */

const mebi = 2 ** 20
const disk = 32
const processes = 900
const memory = 512

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

  test('and is none the worse for it', async () => {
    expect((await lab.from(footholds[0], 'echo well > /tmp/x; cat /tmp/x; rm /tmp/x')).trim()).toBe('well')
  })
})
