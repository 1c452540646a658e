import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { podOf } from '../lab/idle-pod.ts'
import { attackedLab, ways, whyNot, type AttackedLab } from './lab-footholds.ts'
import { podsOf } from './lab-pods.ts'

/** What a pod's description asks the lab to set of the kernel's: the pod's own is set, and nobody else's. */

describe.each(ways)('a lab that %s started', (way) => {
  let lab: AttackedLab
  let node: string
  const { runs, remove, settled } = podsOf(() => lab)

  beforeAll(async () => {
    if (whyNot(way) !== undefined) return
    // Of many addresses: one that was given back is not given again for half a minute.
    lab = await attackedLab(way, { name: 'sysctls', options: ['--instance-type', 'm5.4xlarge'] })
    node = lab.nodes[0] ?? ''
  })
  beforeEach(({ skip }) => {
    skip(whyNot(way) !== undefined, whyNot(way))
  })
  afterAll(async () => {
    await lab?.down()
  })

  describe('a pod’s sysctls', () => {
    const asking = (
      name: string,
      sysctls: readonly (readonly [string, string])[],
      more: object = {},
    ): object =>
      podOf(name, {
        nodeName: node,
        securityContext: { sysctls: sysctls.map(([key, value]) => ({ name: key, value })) },
        ...more,
      })
    /** One that is not safe, is of the network alone, and is seen: in the pod's, the node's, and the machine's network. */
    const marker = 'net/ipv4/ip_default_ttl'
    const machines = (): string => readFileSync(`/proc/sys/${marker}`, 'utf8').trim()
    const nodes = (): Promise<string> =>
      lab.from('a privileged pod on the node’s network and processes', `cat /proc/sys/${marker}`)
    const own = '/proc/sys/kernel/core_pattern'

    test('those that are safe are set in the pod’s own namespaces, and nowhere else', async () => {
      const before = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
      const shm = readFileSync('/proc/sys/kernel/shm_rmid_forced', 'utf8')
      await lab.apply(
        asking('safe', [
          ['net.ipv4.ip_local_port_range', '20000 20010'],
          ['net/ipv4/ip_unprivileged_port_start', '80'],
          ['kernel.shm_rmid_forced', shm.trim() === '1' ? '0' : '1'],
        ]),
      )
      await runs('safe')
      expect(
        await lab.inPod(
          'safe',
          'cd /proc/sys; cat net/ipv4/ip_local_port_range net/ipv4/ip_unprivileged_port_start kernel/shm_rmid_forced',
        ),
      ).toBe(`20000\t20010\n80\n${shm.trim() === '1' ? '0' : '1'}\n`)
      expect(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')).toBe(before)
      expect(readFileSync('/proc/sys/kernel/shm_rmid_forced', 'utf8')).toBe(shm)
      const onItsNode = await lab.from(
        'a privileged pod on the node’s network and processes',
        'cat /proc/sys/net/ipv4/ip_local_port_range',
      )
      expect(onItsNode).not.toContain('20010')
      await remove('safe')
    })

    test('a value that names more of them sets none (CVE-2022-0811)', async () => {
      const [ofNode, ofMachine] = [await nodes(), machines()]
      const values = ['+', ' ', ',', ';', '\n', '&&'].map(
        (between) => `1024${between}${marker.replaceAll('/', '.')}=77`,
      )
      const names = values.map((_, n) => `more-${n}`)
      await lab.apply(
        ...values.map((value, n) => asking(`more-${n}`, [['net.ipv4.ip_unprivileged_port_start', value]])),
      )
      const running = await settled([], names)
      for (const name of running) expect(await lab.inPod(name, `cat /proc/sys/${marker}`)).not.toBe('77\n')
      expect([await nodes(), machines()]).toEqual([ofNode, ofMachine])
      const events = await lab.kubectl('get', 'events', '--field-selector=involvedObject.name=more-0')
      expect(events).toMatch(
        /FailedCreatePodSandBox .*write sysctl key net\.ipv4\.ip_unprivileged_port_start: /,
      )
      expect(events).toMatch(/: Invalid argument/)
      await remove(...names)
    })

    test('those that are not the pod’s alone are refused by the kubelet, in any way to write them', async () => {
      const [ofNode, ofMachine] = [await nodes(), machines()]
      // To what it is already: nothing is changed by whoever lets it through.
      const as = readFileSync(own, 'utf8').trim()
      await lab.apply(
        asking('dots', [['kernel.core_pattern', as]]),
        asking('slashes', [['kernel/core_pattern', as]]),
        asking('among', [
          ['kernel.shm_rmid_forced', '1'],
          ['kernel.core_pattern', as],
        ]),
        asking('ttl', [[marker, '77']]),
      )
      for (const name of ['dots', 'slashes', 'among', 'ttl']) {
        await lab.kubectl('wait', '--for=jsonpath={.status.phase}=Failed', `pod/${name}`, '--timeout=30s')
        expect(await lab.kubectl('get', 'pod', name, '--no-headers')).toMatch(/ 0\/1 +SysctlForbidden /)
      }
      expect(await lab.kubectl('get', 'pod', 'dots', '-o', 'jsonpath={.status.message}')).toBe(
        'Pod was rejected: forbidden sysctl: "kernel.core_pattern" not allowlisted',
      )
      expect([await nodes(), machines()]).toEqual([ofNode, ofMachine])
      await remove('dots', 'slashes', 'among', 'ttl')
    })

    test.each([
      ['steps up', 'net/ipv4/../../kernel/core_pattern', {}],
      ['an absolute path', '/proc/sys/kernel/core_pattern', {}],
      ['a value in its name', 'net.ipv4.ip_default_ttl=77', {}],
      ['one of the node’s network', 'net.ipv4.ip_unprivileged_port_start', { hostNetwork: true }],
      ['one of the node’s IPC', 'kernel.shm_rmid_forced', { hostIPC: true }],
    ])('%s are refused before', async (_, name, more) => {
      await expect(lab.apply(asking('none', [[name, '77']], more))).rejects.toThrow(/is invalid/)
    })

    test('a deployment that asks for one is tried again without end, and does not keep the lab busy', async () => {
      const { spec } = asking('any', [['kernel.msgmax', '1']]) as { readonly spec: object }
      await lab.apply({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'forbidden' },
        spec: {
          selector: { matchLabels: { app: 'forbidden' } },
          template: {
            metadata: { labels: { app: 'forbidden' } },
            spec: { ...spec, terminationGracePeriodSeconds: 0 },
          },
        },
      })
      const count = async (): Promise<number> =>
        (await lab.kubectl('get', 'pods', '-l', 'app=forbidden', '-o', 'name')).trim().split('\n').length
      await expect.poll(count).toBeGreaterThan(1)
      const [before, at] = [await count(), Date.now()]
      await new Promise((resolve) => setTimeout(resolve, 3000))
      const more = (await count()) - before
      expect(more).toBeGreaterThan(0)
      expect(more).toBeLessThan(2 + (2 * (Date.now() - at)) / 1000)
      await lab.kubectl('delete', 'deployment', 'forbidden', '--cascade=foreground', '--timeout=30s')
    })
  })
})
