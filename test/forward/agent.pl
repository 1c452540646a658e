# Sends and answers real packets inside one network namespace. One command a line on standard input.
#   listen ADDRESS…            UDP echo servers (one octet shorter) and TCP listeners on every address and port
#   sync                       answers when every datagram that had come is answered
#   mark ADDRESS               a datagram to this stack itself, by which the end of a log is known
#   flow ID PROTOCOL SOURCE TO PORT SOURCEPORT MARK LENGTH WHOLE TOS CONNECTED
use strict; use warnings; use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6); use Fcntl;
$| = 1;
my $six = 0;
sub at { my ($port, $address) = @_; return $six ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $address)) : pack_sockaddr_in($port, inet_aton($address)); }
my @ports = (53, 80, 8080, 5353);
my (@servers, @kept);
sub checksum { my ($data) = @_; $data .= "\0" if length($data) % 2; my $sum = 0; $sum += $_ for unpack('n*', $data);
  $sum = ($sum >> 16) + ($sum & 0xffff) while $sum >> 16; return ~$sum & 0xffff; }
sub flow {
  my ($id, $protocol, $source, $to, $port, $sport, $mark, $length, $whole, $tos, $connected) = @_;
  my $s;
  $six = $to =~ /:/ ? 1 : 0;
  my $family = $six ? PF_INET6 : PF_INET;
  my $own = $source eq '-' ? ($six ? '::' : '0.0.0.0') : $source;
  if ($protocol eq 'icmp') { socket($s, $family, SOCK_RAW, $six ? 58 : 1) or return "socket $!"; }
  elsif ($protocol eq 'udp') { socket($s, $family, SOCK_DGRAM, 17) or return "socket $!"; }
  else { socket($s, $family, SOCK_STREAM, 6) or return "socket $!"; fcntl($s, F_SETFL, O_NONBLOCK); }
  setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
  setsockopt($s, SOL_SOCKET, 36, pack("i", $mark)) or return "mark $!" if $mark;
  setsockopt($s, $six ? 41 : 0, $six ? 67 : 1, pack("i", $tos)) or return "tos $!" if $tos;
  setsockopt($s, $six ? 41 : 0, $six ? 23 : 10, pack("i", 2)) if $whole;
  if ($protocol eq 'icmp') { if ($source ne '-') { bind($s, at(0, $own)) or return "bind $!"; } }
  else { bind($s, at($sport, $own)) or return "bind $!"; }
  push @kept, $s;
  my $where = at($protocol eq 'icmp' ? 0 : $port, $to);
  if ($protocol eq 'tcp') { connect($s, $where) or ($!{EINPROGRESS} or return "connect $!"); return 'sent'; }
  my $payload = 'x' x ($length - ($six ? 48 : 28));
  if ($protocol eq 'icmp') { my $type = $six ? 128 : 8; my $head = pack('CCnnn', $type, 0, 0, $sport, 1);
    $payload = pack('CCnnn', $type, 0, $six ? 0 : checksum($head . $payload), $sport, 1) . $payload; }
  if ($protocol eq 'udp' and $connected) { connect($s, $where) or return "connect $!"; send($s, $payload, 0) or return "send $!"; }
  else { send($s, $payload, 0, $where) or return "send $!"; }
  return 'sent';
}
sub answer {
  my ($server) = @_;
  my $peer = recv($server, my $data, 65535, 0); return unless defined $peer;
  send($server, substr($data, 0, length($data) - 1), 0, $peer);
}
sub waiting { my $in = ''; vec($in, fileno($_), 1) = 1 for @servers; select($in, undef, undef, 0); return grep { vec($in, fileno($_), 1) } @servers; }
my $buffer = '';
while (1) {
  my $in = ''; vec($in, fileno(STDIN), 1) = 1; vec($in, fileno($_), 1) = 1 for @servers;
  select($in, undef, undef, 5) > 0 or next;
  for my $server (@servers) {
    next unless vec($in, fileno($server), 1);
    answer($server);
  }
  if (vec($in, fileno(STDIN), 1)) {
    my $n = sysread(STDIN, my $more, 65536); last if !$n; $buffer .= $more;
    while ($buffer =~ s/^([^\n]*)\n//) {
      my ($word, @rest) = split ' ', $1;
      if ($word eq 'listen') {
        $six = grep { /:/ } @rest;
        my $family = $six ? PF_INET6 : PF_INET;
        for my $port (@ports) {
          for my $address (grep { !$six || /:/ } @rest) { socket(my $s, $family, SOCK_DGRAM, 17);
            setsockopt($s, $six ? 41 : 0, $six ? 78 : 15, pack("i", 1));
            bind($s, at($port, $address)) and push @servers, $s; }
          socket(my $t, $family, SOCK_STREAM, 6); setsockopt($t, SOL_SOCKET, SO_REUSEADDR, 1);
          bind($t, at($port, $six ? '::' : '0.0.0.0')); listen($t, 128); push @kept, $t;
        }
        print "ready\n";
      } elsif ($word eq 'sync') {
        while (my @ready = waiting()) { answer($_) for @ready; }
        print "synced\n";
      } elsif ($word eq 'mark') {
        $six = $rest[0] =~ /:/ ? 1 : 0;
        socket(my $s, $six ? PF_INET6 : PF_INET, SOCK_DGRAM, 17); send($s, 'end of the log', 0, at(9, $rest[0]));
      } elsif ($word eq 'flow') { print "flow $rest[0] ", flow(@rest), "\n"; }
    }
  }
}
