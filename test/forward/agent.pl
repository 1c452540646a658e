# Sends and answers real packets inside one network namespace. One command a line on standard input.
#   listen ADDRESS…            UDP echo servers (one octet shorter) and TCP listeners on every address and port
#   flow ID PROTOCOL SOURCE TO PORT SOURCEPORT MARK LENGTH WHOLE TOS CONNECTED
use strict; use warnings; use Socket; use Fcntl;
$| = 1;
my @ports = (53, 80, 8080, 5353);
my (@servers, @kept);
sub checksum { my ($data) = @_; $data .= "\0" if length($data) % 2; my $sum = 0; $sum += $_ for unpack('n*', $data);
  $sum = ($sum >> 16) + ($sum & 0xffff) while $sum >> 16; return ~$sum & 0xffff; }
sub flow {
  my ($id, $protocol, $source, $to, $port, $sport, $mark, $length, $whole, $tos, $connected) = @_;
  my ($s, $bytes);
  my $bind = $source eq '-' ? INADDR_ANY : inet_aton($source);
  if ($protocol eq 'icmp') { socket($s, PF_INET, SOCK_RAW, 1) or return "socket $!"; }
  elsif ($protocol eq 'udp') { socket($s, PF_INET, SOCK_DGRAM, 17) or return "socket $!"; }
  else { socket($s, PF_INET, SOCK_STREAM, 6) or return "socket $!"; fcntl($s, F_SETFL, O_NONBLOCK); }
  setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
  setsockopt($s, SOL_SOCKET, 36, pack("i", $mark)) or return "mark $!" if $mark;
  setsockopt($s, 0, 1, pack("i", $tos)) or return "tos $!" if $tos;
  setsockopt($s, 0, 10, 2) if $whole;
  if ($protocol eq 'icmp') { if ($source ne '-') { bind($s, pack_sockaddr_in(0, $bind)) or return "bind $!"; } }
  else { bind($s, pack_sockaddr_in($sport, $bind)) or return "bind $!"; }
  push @kept, $s;
  my $where = pack_sockaddr_in($protocol eq 'icmp' ? 0 : $port, inet_aton($to));
  if ($protocol eq 'tcp') { connect($s, $where) or ($!{EINPROGRESS} or return "connect $!"); return 'sent'; }
  my $payload = 'x' x ($length - 28);
  if ($protocol eq 'icmp') { my $head = pack('CCnnn', 8, 0, 0, $sport, 1);
    $payload = pack('CCnnn', 8, 0, checksum($head . $payload), $sport, 1) . $payload; }
  if ($protocol eq 'udp' and $connected) { connect($s, $where) or return "connect $!"; send($s, $payload, 0) or return "send $!"; }
  else { send($s, $payload, 0, $where) or return "send $!"; }
  return 'sent';
}
my $buffer = '';
while (1) {
  my $in = ''; vec($in, fileno(STDIN), 1) = 1; vec($in, fileno($_), 1) = 1 for @servers;
  select($in, undef, undef, 5) > 0 or next;
  for my $server (@servers) {
    next unless vec($in, fileno($server), 1);
    my $peer = recv($server, my $data, 65535, 0); next unless defined $peer;
    send($server, substr($data, 0, length($data) - 1), 0, $peer);
  }
  if (vec($in, fileno(STDIN), 1)) {
    my $n = sysread(STDIN, my $more, 65536); last if !$n; $buffer .= $more;
    while ($buffer =~ s/^([^\n]*)\n//) {
      my ($word, @rest) = split ' ', $1;
      if ($word eq 'listen') {
        for my $port (@ports) {
          for my $address (@rest) { socket(my $s, PF_INET, SOCK_DGRAM, 17); setsockopt($s, 0, 15, 1);
            bind($s, pack_sockaddr_in($port, inet_aton($address))) and push @servers, $s; }
          socket(my $t, PF_INET, SOCK_STREAM, 6); setsockopt($t, SOL_SOCKET, SO_REUSEADDR, 1);
          bind($t, pack_sockaddr_in($port, INADDR_ANY)); listen($t, 128); push @kept, $t;
        }
        print "ready\n";
      } elsif ($word eq 'flow') { print "flow $rest[0] ", flow(@rest), "\n"; }
    }
  }
}
