#!/bin/sh
# Runs every fuzz target of the module, one after the other.
# usage: test/fuzz.sh [TIME-PER-TARGET]      (10s when left out; GO names the go command)
set -eu
cd "$(dirname "$0")/.."
time=${1:-10s}
go=${GO:-go}
ran=0
failed=
files=$(grep -rl --include='*_test.go' '^func Fuzz' cmd internal content seclog test 2>/dev/null | sort)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
out=$tmp/out
corpus=$("$go" env GOCACHE)/fuzz/$("$go" list -m)

# fuzz DIR NAME runs one target of the program that was built. At the end of its time the
# testing package now and then reports its own deadline as a failure, without an input
# (https://go.dev/issue/75804): that is no result, and the target runs again.
fuzz() {
	for _ in 1 2 3 4; do
		if (cd "$1" && "$tmp/test" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "$time" -test.fuzzminimizetime 10x -test.fuzzcachedir "$corpus/$1") >"$out" 2>&1; then
			cat "$out"
			return 0
		fi
		if ! grep -q '^    context deadline exceeded$' "$out" || grep -q 'Failing input' "$out"; then
			break
		fi
		echo "== ./$1 $2 again: it missed its own deadline"
	done
	cat "$out"
	return 1
}

# The program of a package is built once for all its targets.
for dir in $(for file in $files; do dirname "$file"; done | sort -u); do
	names=$(sed -n 's|^func \(Fuzz[A-Za-z0-9_]*\)(.*|\1|p' "$dir"/*_test.go)
	if ! "$go" test -c -fuzz . -o "$tmp/test" "./$dir"; then
		failed="$failed ./$dir"
		continue
	fi
	for name in $names; do
		echo "== ./$dir $name"
		ran=$((ran + 1))
		fuzz "$dir" "$name" || failed="$failed ./$dir:$name"
	done
done
if [ -n "$failed" ]; then
	echo "fuzz: $ran targets, failed:$failed" >&2
	exit 1
fi
echo "fuzz: $ran targets, none failed"
