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
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# fuzz DIR NAME runs one target. At the end of its time the go command now and then
# reports its own deadline as a failure, without an input
# (https://go.dev/issue/75804): that is no result, and the target runs again.
fuzz() {
	for _ in 1 2 3 4; do
		if "$go" test -run '^$' -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime 10x "./$1" >"$out" 2>&1; then
			cat "$out"
			return 0
		fi
		if ! grep -q '^    context deadline exceeded$' "$out" || grep -q 'Failing input' "$out"; then
			break
		fi
		echo "== ./$1 $2 again: the go command missed its own deadline"
	done
	cat "$out"
	return 1
}

while read -r dir name; do
	[ -n "$name" ] || continue
	echo "== ./$dir $name"
	ran=$((ran + 1))
	fuzz "$dir" "$name" || failed="$failed ./$dir:$name"
done <<TARGETS
$targets
TARGETS
if [ -n "$failed" ]; then
	echo "fuzz: $ran targets, failed:$failed" >&2
	exit 1
fi
echo "fuzz: $ran targets, none failed"
