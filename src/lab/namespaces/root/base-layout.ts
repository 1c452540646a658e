/**
 * Makes the directories and links that every lab's root has, below the working directory, for perl: one process where mkdir(1),
 * chown(1), chmod(1) and ln(1) would be ten, which every start waits for. Arguments: the ids of the daemon and of the guests' root.
 */
export const baseLayoutScript = `
use strict;
my ($first, $guest) = @ARGV;
sub directory { my $at = ''; for (split m{/}, shift) { $at .= "$_/"; -d $at or mkdir $at, 0755 or die "$at: $!\\n" } }
directory($_) for qw(dev/pts dev/shm etc home media mnt opt/podpath/zone proc root run srv sys tmp var/lib var/log var/tmp);
for ([lab => $first], ['lab/setuid' => $guest]) { my ($at, $owner) = @$_; chown $owner, $owner, $at or die "$at: $!\\n" }
for (qw(etc lib node-bin nodes run sandbox tmp zone)) {
  my ($at, $owner) = ("lab/$_", $_ eq 'etc' ? $guest : $first);
  mkdir $at, 0755 and chown $owner, $owner, $at or die "$at: $!\\n";
}
chmod(01777, 'lab/run', 'lab/tmp') == 2 or die "lab/run, lab/tmp: $!\\n";
my %links = (ptmx => 'pts/ptmx', fd => '/proc/self/fd', stdin => '/proc/self/fd/0', stdout => '/proc/self/fd/1', stderr => '/proc/self/fd/2');
for (keys %links) { symlink $links{$_}, "dev/$_" or die "dev/$_: $!\\n" }
`
