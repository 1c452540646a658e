import { capabilityNames, capabilityNumbers } from './syscalls/capabilities.ts'
import { giveUp } from './syscalls/give-up.ts'
import { inside, type NamespaceSet } from './namespace-set.ts'
import { callNumber, isKnownProcessor, type KnownProcessor } from './syscalls/syscall-numbers.ts'

/**
 * What runs a program in other namespaces with fewer capabilities, for perl: one program that is loaded before it enters gives them up
 * before it runs another. What nsenter(1) would run there to give them up (setpriv(1), the loader, libraries) is the container's own to
 * choose, and would choose with all of them (runc's CVE-2019-5736 was of this kind). It has the id of the guests' root before
 * anybody there can see it.
 */
const enter = (processor: KnownProcessor): string => `
sub refused { print STDERR "podpath: $_[0]: $!\n"; exit 126 }
${giveUp(processor)}
my ($pid, $kept, @words) = @ARGV;
my @spaces = map { open(my $file, '<', "/proc/$pid/ns/$_") or refused($_); $file } qw(uts ipc net pid mnt user);
for (@spaces) { syscall(${callNumber(processor, 'setns')}, fileno($_), 0) == 0 or refused('namespaces') }
become_root();
keep($kept);
close($_) for @spaces;
`
const runThere = `
defined(my $child = fork) or refused('fork');
unless ($child) { exec { $words[0] } @words; print STDERR "podpath: $words[0]: $!\n"; exit 127 }
waitpid($child, 0);
kill $? & 127, $$ if $? & 127;
exit $? >> 8;
`

/**
 * Says with an empty line that the connection is open, and carries octets until the far side ends. 2 and 1 are AF_INET and SOCK_STREAM,
 * and what is packed is a sockaddr_in (ip(7)).
 */
const connectThere = `
socket(my $far, 2, 1, 0) or exit 1;
connect($far, pack('S n C4 x8', 2, $words[0], 127, 0, 0, 1)) or exit 1;
syswrite(STDERR, "\n");
sub carry { my ($from, $to) = @_; while (sysread($from, my $octets, 65536)) { syswrite($to, $octets) // return } }
defined(my $child = fork) or refused('fork');
unless ($child) { carry(*STDIN, $far); exit }
carry($far, *STDOUT);
kill 9, $child;
`

/** The words that enter every namespace of the set, as its root with these capabilities and no others. */
export const insideWith = (
  set: Pick<NamespaceSet, 'pid'>,
  names: readonly string[],
  processor: string = process.arch,
): readonly string[] =>
  isKnownProcessor(processor)
    ? entered(set, names, processor, runThere)
    : [
        ...inside(set),
        'setpriv',
        `--bounding-set=-all,${capabilityNames(names)
          .map((name) => `+${name}`)
          .join(',')}`,
        '--inh-caps=-all',
      ]

/**
 * The words that open a TCP connection to a port of the set's own loopback, without any capability there. They say an empty line on
 * standard error when it is open, and end with status 1 when it is refused.
 */
export const connectedInside = (
  set: Pick<NamespaceSet, 'pid'>,
  port: number,
  processor: string = process.arch,
): readonly string[] =>
  isKnownProcessor(processor)
    ? [...entered(set, [], processor, connectThere), String(port)]
    : [
        ...insideWith(set, [], processor),
        ...['perl', '-e', `sub refused { exit 1 } my @words = @ARGV;${connectThere}`, String(port)],
      ]

const entered = (
  { pid }: Pick<NamespaceSet, 'pid'>,
  names: readonly string[],
  processor: KnownProcessor,
  there: string,
): readonly string[] => [
  ...['perl', '-e', enter(processor) + there],
  String(pid),
  capabilityNumbers(names).join(','),
]
