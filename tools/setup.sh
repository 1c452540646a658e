#!/bin/sh
# Makes a fresh clone ready: npm packages, the build, and, as root on Debian, the programs that the lab runs.
set -eu
cd "$(dirname "$0")/.."

major=$(node -p 'process.versions.node.split(".").slice(0,2).map(n=>n.padStart(3,"0")).join("")' 2>/dev/null || echo 0)
[ "$major" -ge 020019 ] 2>/dev/null || {
  echo "podpath needs Node.js 20.19 or later; this is $(node --version 2>/dev/null || echo 'none')" >&2
  exit 3
}

# program:package of what the lab and its tests run; `demo` asks for fewer than `test`.
lab='ip:iproute2 nft:nftables iptables:iptables conntrack:conntrack ipset:ipset tcpdump:tcpdump ping:iputils-ping curl:curl ps:procps hostname:hostname'
test='tshark:tshark dig:dnsutils traceroute:traceroute script:bsdutils sshd:openssh-server sudo:sudo ssh:openssh-client route:net-tools chromium:chromium'
want=$lab
# Without root, a lab maps the user's own range of ids; the tests start one without root as well.
if [ "$(id -u)" != 0 ] || [ "${1:-demo}" = test ]; then lab="$lab newuidmap:uidmap"; want=$lab; fi
[ "${1:-demo}" = test ] && want="$lab $test"

missing=
for pair in $want; do
  PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing$missing" >&2
    # shellcheck disable=SC2086
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >/tmp/podpath-apt.$$ 2>&1 || {
      tail -n 20 "/tmp/podpath-apt.$$" >&2
      rm -f "/tmp/podpath-apt.$$"
      exit 3
    }
    rm -f "/tmp/podpath-apt.$$"
  else
    echo "podpath's lab needs programs that are missing. Install them once, then try again:" >&2
    echo "  sudo apt-get install --no-install-recommends$missing" >&2
    exit 3
  fi
fi

if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "Installing npm packages" >&2
  # Not `npm ci`: it refuses lock files that leave out other platforms' optional binaries, as npm itself writes them.
  npm install --no-save --no-audit --no-fund --loglevel=error >&2
fi

# Built when a source is younger than the build.
if [ ! -f dist/cli/main.js ] || [ -n "$(find src web package.json tools/build.ts tools/build-web.ts -newer dist/cli/main.js -type f 2>/dev/null | head -n 1)" ]; then
  echo "Building" >&2
  npm run --silent build >&2
  touch dist/cli/main.js
fi

# `npx podpath` in this checkout means this checkout.
ln -sf ../../bin/podpath.js node_modules/.bin/podpath
