import { defaultCapabilities, capabilityNumbers } from '../syscalls/capabilities.ts'
import { giveUp } from '../syscalls/give-up.ts'
import { callNumber, isKnownProcessor } from '../syscalls/syscall-numbers.ts'

/**
 * How a sandbox's first process comes into its root, for perl: one program that is loaded before it does so, and runs no other
 * until it is a guest. A pod's volumes are mounted by then, also onto directories of programs and libraries: whatever else would be run
 * there (umount(8), nsenter(1), a loader, a library) would be the pod's own to choose, with the rights of the lab's root
 * (Docker's CVE-2019-14271 and runc's CVE-2019-5736 were of this kind). No path of the root is walked either: the old root is put onto the
 * new one and taken off again, both by the descriptor (pivot_root(2), "pivot_root(".", ".")").
 *
 * Arguments: the root; its host's name; whether it is shown to others, 1 or nothing; \`new\` or \`given\` network namespace; the numbers of the
 * capabilities that its first process keeps, or \`all\`.
 */
const script = (call: (name: Parameters<typeof callNumber>[1]) => number, giveUp: string): string => `
use strict;
my ($root, $name, $shown, $network, $kept) = @ARGV;
sub refused { print STDERR "podpath: $_[0]: $!\\n"; exit 1 }
${giveUp}
sub done { my $what = shift; my $number = shift; syscall($number, @_) == 0 or refused($what) }
my ($here, $top, $sys, $type) = ('.', '/', '/sys', 'sysfs');
done('its name', ${call('sethostname')}, $name, length($name));
opendir(my $old, '/') or refused('the old root');
chdir($root) or refused('the root');
done('the root', ${call('pivot_root')}, $here, $here);
chdir($old) or refused('the old root');
# MS_REC | MS_PRIVATE, MNT_DETACH
if ($shown) { done('the old root', ${call('mount')}, 0, $here, 0, 0x44000, 0) }
done('the old root', ${call('umount2')}, $here, 2);
closedir($old);
chdir('/') or refused('the root');
# CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWNS
done('the guests', ${call('setns')}, 9, 0x10000000);
done('the network', ${call('setns')}, 8, 0x40000000) if $network eq 'given';
become_root();
done('mounts', ${call('unshare')}, 0x20000 | ($network eq 'new' ? 0x40000000 : 0));
done('mounts', ${call('mount')}, 0, $top, 0, 0x44000, 0);
# MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC; where it is refused, the lab's own stays.
syscall(${call('mount')}, $type, $sys, $type, 15, 0);
for (8, 9) { my $file; if (open($file, '<&=', $_)) { close($file) } }
keep($kept) if $kept ne 'all';
$SIG{CHLD} = 'IGNORE';
open(my $ready, '>&=', 3) or refused('ready');
syswrite($ready, "ready\\n");
close($ready);
exec { 'sleep' } 'sleep', 'infinity';
`

/**
 * The script, for a file; null on a processor whose calls are not known here: there it is done by the programs that the root
 * has.
 */
export const enterRootScript = (processor: string = process.arch): string | null =>
  isKnownProcessor(processor) ? script((name) => callNumber(processor, name), giveUp(processor)) : null

/** What a pod's first process keeps: no more than an ordinary container, because a pod can choose what it runs. */
export const keptByPods = capabilityNumbers(defaultCapabilities).join(',')
