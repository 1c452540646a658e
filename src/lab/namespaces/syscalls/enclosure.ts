import { syscallFilter } from './syscall-filter.ts'
import { callNumber, isKnownProcessor } from './syscall-numbers.ts'

/**
 * What a process takes off before it is the lab's, for perl, because no other program that every machine has can: the keyring of the
 * session it was started in; the right to be written down by the machine's handler of crashes (core(5): a limit of one octet means nobody
 * handles it, one of none still does); and the calls of syscall-filter.ts. Children inherit all three and none can give them back.
 */
const script = `
use strict;
my ($keyctl, $prlimit, $prctl, $filter, @words) = @ARGV;
sub refused { die "podpath: $_[0] cannot be given up before the lab is entered: $!\\n" }
# keyctl(2): 1 is KEYCTL_JOIN_SESSION_KEYRING. A kernel or a container without keys (ENOSYS, EPERM) has none to give up.
syscall($keyctl + 0, 1, 0) >= 0 or $! == 38 or $! == 1 or refused('the keys of the session');
# prlimit(2): 4 is RLIMIT_CORE.
my $octet = pack('QQ', 1, 1);
syscall($prlimit + 0, 0, 4, $octet, 0) >= 0 or refused('the dumps of crashes');
# prctl(2): 22 is PR_SET_SECCOMP, 2 SECCOMP_MODE_FILTER; struct sock_fprog.
my $code = pack('H*', $filter);
my $program = pack('S x6 P', length($code) / 8, $code);
syscall($prctl + 0, 22, 2, $program) >= 0 or refused('the calls that a lab does not need');
exec { $words[0] } @words or die "podpath: $words[0]: $!\\n";
`

/**
 * The words that run a program enclosed. They need CAP_SYS_ADMIN in their user namespace, because sudo shall work inside. On a
 * processor whose calls are not known here nothing is taken off.
 */
export function enclosed(argv: readonly string[], processor: string = process.arch): readonly string[] {
  if (!isKnownProcessor(processor)) return argv
  const numbers = (['keyctl', 'prlimit64', 'prctl'] as const).map((call) =>
    String(callNumber(processor, call)),
  )
  return ['perl', '-e', script, ...numbers, syscallFilter(processor).toString('hex'), ...argv]
}
