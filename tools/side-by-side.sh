#!/bin/sh
# Runs npm scripts in two lanes side by side: `sh tools/side-by-side.sh 'a b' 'c'` runs a and then b, and c beside them.
# The second lane says what it has to say in one piece when it has ended. One that fails keeps none from running, and fails the whole.
set -u
cd "$(dirname "$0")/.."
lane() {
  failed=0
  for script in $1; do npm run --silent "$script" || failed=1; done
  return "$failed"
}
said=$(mktemp)
trap 'rm -f "$said"' EXIT
lane "$2" >"$said" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null; exit 130' INT TERM
lane "$1"
ended=$?
wait "$beside" || ended=1
cat "$said"
exit "$ended"
