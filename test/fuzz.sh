#!/bin/sh
# Runs every fuzz target of the module, one after the other.
# usage: test/fuzz.sh [TIME-PER-TARGET]      (10s when left out; GO names the go command)
set -eu
cd "$(dirname "$0")/.."
time=${1:-10s}
go=${GO:-go}
ran=0
failed=
targets=$(grep -rl --include='*_test.go' '^func Fuzz' cmd internal content test 2>/dev/null |
	while IFS= read -r file; do
		sed -n "s|^func \(Fuzz[A-Za-z0-9_]*\)(.*|$(dirname "$file") \1|p" "$file"
	done | sort)
while read -r dir name; do
	[ -n "$name" ] || continue
	echo "== ./$dir $name"
	ran=$((ran + 1))
	"$go" test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 10x "./$dir" || failed="$failed ./$dir:$name"
done <<TARGETS
$targets
TARGETS
if [ -n "$failed" ]; then
	echo "fuzz: $ran targets, failed:$failed" >&2
	exit 1
fi
echo "fuzz: $ran targets, none failed"
