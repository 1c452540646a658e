/** Calls of the kernel by their numbers, for what makes some of them or refuses some. */

/** The processors whose numbers of calls are known here, by Node's names. */
export type KnownProcessor = 'x64' | 'arm64' | 'riscv64'

/** arch/x86/entry/syscalls/syscall_64.tbl. */
const x64 = {
  add_key: 248,
  keyctl: 250,
  request_key: 249,
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  init_module: 175,
  finit_module: 313,
  delete_module: 176,
  kexec_load: 246,
  kexec_file_load: 320,
  reboot: 169,
  swapon: 167,
  swapoff: 168,
  acct: 163,
  quotactl: 179,
  quotactl_fd: 443,
  syslog: 103,
  settimeofday: 164,
  clock_settime: 227,
  bpf: 321,
  perf_event_open: 298,
  userfaultfd: 323,
  fanotify_init: 300,
  open_by_handle_at: 304,
  lookup_dcookie: 212,
  iopl: 172,
  ioperm: 173,
  socket: 41,
  ioctl: 16,
  prctl: 157,
  prlimit64: 302,
  setns: 308,
  setgroups: 116,
  setresgid: 119,
  setresuid: 117,
  mount: 165,
  umount2: 166,
  pivot_root: 155,
  unshare: 272,
  sethostname: 170,
} as const

export type Call = keyof typeof x64

/** include/uapi/asm-generic/unistd.h: arm64 and riscv64 have these numbers. */
const generic: Readonly<Partial<Record<Call, number>>> = {
  add_key: 217,
  keyctl: 219,
  request_key: 218,
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  init_module: 105,
  finit_module: 273,
  delete_module: 106,
  kexec_load: 104,
  kexec_file_load: 294,
  reboot: 142,
  swapon: 224,
  swapoff: 225,
  acct: 89,
  quotactl: 60,
  quotactl_fd: 443,
  syslog: 116,
  settimeofday: 170,
  clock_settime: 112,
  bpf: 280,
  perf_event_open: 241,
  userfaultfd: 282,
  fanotify_init: 262,
  open_by_handle_at: 265,
  lookup_dcookie: 18,
  socket: 198,
  ioctl: 29,
  prctl: 167,
  prlimit64: 261,
  setns: 268,
  setgroups: 159,
  setresgid: 149,
  setresuid: 147,
  mount: 40,
  umount2: 39,
  pivot_root: 41,
  unshare: 97,
  sethostname: 161,
}

const numbers: Readonly<Record<KnownProcessor, Readonly<Partial<Record<Call, number>>>>> = {
  x64,
  arm64: generic,
  riscv64: generic,
}

export const isKnownProcessor = (name: string): name is KnownProcessor => name in numbers

/** The number of a call; undefined when the processor has none of that name. */
export const findCall = (processor: KnownProcessor, call: Call): number | undefined =>
  numbers[processor][call]

/** The same for a call that every processor has; throws when there is none. */
export function callNumber(processor: KnownProcessor, call: Call): number {
  const number = findCall(processor, call)
  if (number === undefined) throw new Error(`${processor} has no call ${call}`)
  return number
}
