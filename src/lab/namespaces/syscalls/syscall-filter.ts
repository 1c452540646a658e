import { callNumber, findCall, type Call, type KnownProcessor } from './syscall-numbers.ts'

/**
 * Calls of the kernel that no program of a lab needs and that namespaces do not keep apart, as a program for seccomp (seccomp(2)):
 * a layer of its own, which stands should a capability or a file system not hold.
 */

/** What a refused call says. */
const errors = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 } as const

/**
 * As if the kernel did not have them: keys of a user or a session belong to no namespace, and asking for one runs a program of the
 * machine's as root (keyrings(7), request_key(2)); io_uring does what the other rules would refuse.
 */
const missing = [
  'add_key',
  'keyctl',
  'request_key',
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
] as const

/** The machine's administrator's affairs, and ways to look into the kernel. */
const forbidden = [
  ...['init_module', 'finit_module', 'delete_module', 'kexec_load', 'kexec_file_load', 'reboot'],
  ...['swapon', 'swapoff', 'acct', 'quotactl', 'quotactl_fd', 'syslog', 'settimeofday', 'clock_settime'],
  ...['bpf', 'perf_event_open', 'userfaultfd', 'fanotify_init', 'open_by_handle_at', 'lookup_dcookie'],
  ...['iopl', 'ioperm'],
] as const

/** The processor as seccomp tells it (AUDIT_ARCH_… in include/uapi/linux/audit.h). */
const auditNames: Readonly<Record<KnownProcessor, number>> = {
  x64: 0xc000003e,
  arm64: 0xc00000b7,
  riscv64: 0xc00000f3,
}

/** Sockets of the machine under a virtual machine: no network namespace keeps them apart (vsock(7)). */
const AF_VSOCK = 40

/** Words put into a terminal as if they were typed there (ioctl_tty(2), TIOCLINUX in ioctl_console(2)). */
const typingRequests = [0x5412, 0x541c] as const

/** Calls of a 32-bit ABI of the same processor, which have other numbers. */
const x32Bit = 0x40000000

/** linux/bpf_common.h: load a word of struct seccomp_data, jump when equal or not less, return. */
const code = { load: 0x20, ifEqual: 0x15, ifNotLess: 0x35, answer: 0x06 } as const
/** linux/seccomp.h. */
const answer = { allow: 0x7fff0000, kill: 0x80000000, error: 0x00050000 } as const
/** Offsets in struct seccomp_data; of an argument the lower half is what sockets and ioctl take. */
const at = { call: 0, processor: 4, argument: (index: number): number => 16 + 8 * index } as const

interface Instruction {
  readonly code: number
  readonly value: number
  /** How many instructions are passed over when it is so, and when not. */
  readonly jump?: readonly [yes: number, no: number]
}

const load = (value: number): Instruction => ({ code: code.load, value })
const ret = (value: number): Instruction => ({ code: code.answer, value })
const refuse = (error: keyof typeof errors): Instruction => ({
  code: code.answer,
  value: answer.error | errors[error],
})
const unless = (value: number, then: readonly Instruction[]): readonly Instruction[] => [
  { code: code.ifEqual, value, jump: [0, then.length] },
  ...then,
]

/** The filter as the kernel takes it: struct sock_filter after struct sock_filter, in this processor's order of octets. */
export function syscallFilter(processor: KnownProcessor): Buffer {
  const each = (list: readonly Call[], error: keyof typeof errors): readonly Instruction[] =>
    list.flatMap((call) => {
      const number = findCall(processor, call)
      return number === undefined ? [] : unless(number, [refuse(error)])
    })
  const program: readonly Instruction[] = [
    load(at.processor),
    { code: code.ifEqual, value: auditNames[processor], jump: [1, 0] },
    ret(answer.kill),
    load(at.call),
    ...(processor === 'x64'
      ? [{ code: code.ifNotLess, value: x32Bit, jump: [0, 1] } as const, refuse('ENOSYS')]
      : []),
    ...unless(callNumber(processor, 'socket'), [
      load(at.argument(0)),
      ...unless(AF_VSOCK, [refuse('EAFNOSUPPORT')]),
      ret(answer.allow),
    ]),
    ...unless(callNumber(processor, 'ioctl'), [
      load(at.argument(1)),
      ...typingRequests.flatMap((request) => unless(request, [refuse('EPERM')])),
      ret(answer.allow),
    ]),
    ...each(missing, 'ENOSYS'),
    ...each(forbidden, 'EPERM'),
    ret(answer.allow),
  ]
  const octets = Buffer.alloc(program.length * 8)
  program.forEach(({ code: word, value, jump = [0, 0] }, index) => {
    const offset = octets.writeUInt16LE(word, index * 8)
    octets.writeUInt8(jump[0], offset)
    octets.writeUInt8(jump[1], offset + 1)
    octets.writeUInt32LE(value >>> 0, offset + 2)
  })
  return octets
}
