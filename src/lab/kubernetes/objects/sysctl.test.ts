import { describe, expect, test } from 'vitest'
import type { PodSpec } from './pod.ts'
import { sysctlNameProblem, sysctlRefusal, sysctlsOf, withDots } from './sysctl.ts'

const specOf = (name: string, more: Partial<PodSpec> = {}): PodSpec => ({
  containers: [],
  securityContext: { sysctls: [{ name, value: '1' }] },
  ...more,
})

describe('what a kubelet takes', () => {
  test.each<[string, Partial<PodSpec>, string]>([
    ['kernel.shm_rmid_forced', {}, 'it is of the pod’s own IPC namespace'],
    ['net.ipv4.ip_local_port_range', {}, 'it is of the pod’s own network'],
    ['net.ipv4.tcp_rmem', {}, 'it is safe since 1.32'],
    ['net/ipv4/tcp_keepalive_time', {}, 'slashes separate as well'],
    ['kernel.shm_rmid_forced', { hostNetwork: true }, 'of these namespaces the pod has one of its own'],
  ])('%s %j: %s', (name, more, _because) => {
    expect(sysctlRefusal(specOf(name, more))).toBeNull()
  })
  test.each<[string, Partial<PodSpec>, string, string]>([
    ['kernel.core_pattern', {}, '"kernel.core_pattern" not allowlisted', 'it is the machine’s'],
    ['kernel.msgmax', {}, '"kernel.msgmax" not allowlisted', 'it takes the kernel’s memory'],
    ['net.core.somaxconn', {}, '"net.core.somaxconn" not allowlisted', 'nobody has called it safe'],
    ['net.ipv4', {}, '"net.ipv4" not allowlisted', 'a part of a name is none'],
    ['kernel/core_pattern', {}, '"kernel.core_pattern" not allowlisted', 'another way to write it'],
    [
      'net.ipv4.tcp_rmem',
      { hostNetwork: true },
      '"net.ipv4.tcp_rmem" not allowed with host Net enabled',
      'it would be the node’s',
    ],
    [
      'kernel.shm_rmid_forced',
      { hostIPC: true },
      '"kernel.shm_rmid_forced" not allowed with host IPC enabled',
      'it would be the node’s',
    ],
  ])('%s %j is refused: %s', (name, more, words, _because) => {
    expect(sysctlRefusal(specOf(name, more))).toBe(`forbidden sysctl: ${words}`)
  })
  test('one that is refused among others is enough', () => {
    const sysctls = ['kernel.shm_rmid_forced', 'kernel.core_pattern'].map((name) => ({ name, value: '' }))
    expect(sysctlRefusal({ containers: [], securityContext: { sysctls } })).toContain('core_pattern')
  })
})

describe('names', () => {
  test.each(['kernel.shm_rmid_forced', 'net/ipv4/conf/eth0.1/rp_filter', 'a', 'x'.repeat(253)])(
    '%s',
    (name) => {
      expect(sysctlNameProblem(name)).toBeNull()
    },
  )
  test.each([
    ...['', '..', 'net..ipv4', 'a.', '.a', 'a b', 'a\n', 'a=b', 'a+b', 'net/ipv4/../../kernel/core_pattern'],
    ...['/etc/passwd', 'A', 'x'.repeat(254)],
  ])('%j is none', (name) => {
    expect(sysctlNameProblem(name)).toContain('must have at most 253 characters and match regex')
  })
  test.each([
    ['net/ipv4/conf/eth0.1/rp_filter', 'net.ipv4.conf.eth0/1.rp_filter'],
    ['net.ipv4.conf.eth0/1.rp_filter', 'net.ipv4.conf.eth0/1.rp_filter'],
  ])('%s is %s', (name, dotted) => {
    expect(withDots(name)).toBe(dotted)
  })
})

test.each([undefined, {}, { sysctls: 'x' }, { sysctls: [null, 'x', {}, { value: '1' }] }])(
  'a security context %j asks for none',
  (securityContext) => {
    const spec = { containers: [], ...(securityContext === undefined ? {} : { securityContext }) } as PodSpec
    expect(sysctlsOf(spec)).toEqual([])
  },
)
