#!/bin/sh
# `npm run check`: the linter, which takes as long as all others together, beside them; two cores are enough for that.
# Each says what it has to say in one piece, and all of them are told, not the first alone.
set -u
cd "$(dirname "$0")/.."
said=$(mktemp)
trap 'rm -f "$said"' EXIT
npm run --silent lint >"$said" 2>&1 &
lint=$!
trap 'kill "$lint" 2>/dev/null; exit 130' INT TERM
failed=0
for check in format:check types layers unused; do
  npm run --silent "$check" || failed=1
done
wait "$lint" || failed=1
cat "$said"
exit "$failed"
