import { callNumber, type KnownProcessor } from './syscall-numbers.ts'

/**
 * What a process that enters gives up, for perl: `become_root` its ids for those of the guests' root, `keep` every capability but those
 * that are named by number. Both end with the caller's `refused`. 24 is PR_CAPBSET_DROP of prctl(2); EINVAL (22): the kernel has no such
 * capability.
 */
export function giveUp(processor: KnownProcessor): string {
  const [setgroups, setresgid, setresuid, prctl] = (
    ['setgroups', 'setresgid', 'setresuid', 'prctl'] as const
  ).map((call) => callNumber(processor, call))
  return `
sub become_root {
  syscall(${setgroups}, 0, 0) == 0 and syscall(${setresgid}, 0, 0, 0) == 0 and syscall(${setresuid}, 0, 0, 0) == 0 or refused('ids');
}
sub keep {
  my %kept = map { $_ => 1 } split(',', shift);
  for my $capability (0 .. 63) {
    next if $kept{$capability};
    syscall(${prctl}, 24, $capability, 0, 0, 0) == 0 or $! == 22 or refused('capabilities');
  }
}
`
}
