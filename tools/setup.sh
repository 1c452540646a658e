#!/bin/sh
# Makes a fresh clone ready for `demo` or `test`: the programs that a lab runs (src/lab/requirements/programs.json), npm
# packages, the build, and, where there is none, a kubectl for the lab's shell.
set -eu
cd "$(dirname "$0")/.."
need=${1:-demo}

major=$(node -p 'process.versions.node.split(".").slice(0,2).map(n=>n.padStart(3,"0")).join("")' 2>/dev/null || echo 0)
[ "$major" -ge 020019 ] 2>/dev/null || {
  echo "podpath needs Node.js 20.19 or later; this is $(node --version 2>/dev/null || echo 'none')" >&2
  exit 3
}

bring=$(node tools/setup/programs.js "$need")

if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "Installing npm packages" >&2
  # Not `npm ci`: it refuses lock files that leave out other platforms' optional binaries, as npm itself writes them.
  npm install --no-save --no-audit --no-fund --loglevel=error >&2
fi

if [ "$bring" = kubectl ]; then
  # The demo runs without it.
  npx tsx tools/setup/kubectl.ts || [ "$need" = demo ]
fi

# Built when a source is younger than the build.
if [ ! -f dist/cli/start.js ] || [ -n "$(find src web package.json tools/build.ts tools/build-web.ts -newer dist/cli/start.js -type f 2>/dev/null | head -n 1)" ]; then
  echo "Building" >&2
  npm run --silent build >&2
  touch dist/cli/start.js
fi

# `npx podpath` in this checkout means this checkout.
ln -sf ../../bin/podpath.js node_modules/.bin/podpath
