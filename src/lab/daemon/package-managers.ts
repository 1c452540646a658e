/**
 * What a node answers to `yum install tree`: its programs are this machine's, so there is nothing that it could bring; what is there
 * is there, and of the rest it says what brings it. Words are package names of Amazon Linux; some are called otherwise elsewhere.
 */
const script = `#!/bin/sh
me=\${0##*/} missing=
for word; do
  case $word in -*|install|update|upgrade|search|info|list|makecache|clean|all|reinstall|localinstall) continue ;; esac
  program=$word package=$word
  case $word in
    bind-utils) program=dig package=dnsutils ;;
    nc|nmap-ncat|netcat) program=nc package=netcat-openbsd ;;
    iproute|iproute-tc) program=ip package=iproute2 ;;
    conntrack-tools) program=conntrack package=conntrack ;;
    iptables-nft|iptables-legacy|iptables-services) program=iptables package=iptables ;;
    procps-ng) program=ps package=procps ;;
    net-tools) program=route ;;
    awscli|awscli-2) program=aws package=awscli ;;
  esac
  if command -v "$program" >/dev/null 2>&1; then echo "$word: $program is here already"
  else missing="$missing $package"; fi
done
[ -n "$missing" ] || exit 0
echo "$me: a lab's nodes have this machine's programs: apt-get install$missing there (Debian's names) brings them, and the lab needs no restart" >&2
exit 1
`

export const packageManagers = ['yum', 'dnf', 'microdnf', 'amazon-linux-extras'].map((name) => ({
  name,
  script,
}))
