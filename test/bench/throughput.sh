#!/usr/bin/env bash
# Lines per second of `sasumata analyze` and `sasumata waf scan` beside wc, grep and a
# Python analyzer, on one large combined log made of real ones, and of some on the same
# with a number in each path, so that no request comes twice; all in one run and
# interleaved.
# Prints a Markdown table for docs/benchmarks.md.
#
# usage: test/bench/throughput.sh LOG...
#   ROUNDS  how often each is run (5); the median counts
#   SIZE    bytes of the log (300000000)
#   BIN     the program (sasumata at the top of the repository)
#   CROWDSEC_CONFIG  its configuration, with a local API that answers: CrowdSec is
#           measured, too, on the first CROWDSEC_LINES (5000) lines
# Needs bash, python3 and GNU time. GoAccess is measured where it is installed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rounds=${ROUNDS:-5}
size=${SIZE:-300000000}
bin=${BIN:-$here/../../sasumata}
some=${CROWDSEC_LINES:-5000}

[ $# -gt 0 ] || { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$here/throughput.sh" >&2; exit 2; }
gtime=$(command -v gtime || command -v /usr/bin/time) && "$gtime" -f %M true >/dev/null 2>&1 ||
	{ echo "GNU time is not installed (Debian: apt-get install time)" >&2; exit 2; }
[ -x "$bin" ] || { echo "$bin is not there: make build" >&2; exit 2; }

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
big=$tmp/big.log
python3 "$here/repeat_log.py" "$size" "$@" > "$big"
new=$tmp/new.log
python3 -c '
import sys
for n, line in enumerate(sys.stdin.buffer):
    sys.stdout.buffer.write(line.replace(b" HTTP/1.", b"/%d HTTP/1." % n, 1))
' < "$big" > "$new"
lines=$(wc -l < "$big")
bytes=$(wc -c < "$big")
echo "log: $lines lines, $bytes bytes; $rounds rounds; $(nproc) CPUs; $(uname -sm); $("$bin" version 2>/dev/null | head -n 1)" >&2

# measure NAME COMMAND... appends "name user system wall memory" to the results.
# Exit code 1 is no failure: grep found nothing, analyze found something.
measure() {
	local name=$1 code=0
	shift
	"$gtime" -q -o "$tmp/time" -f '%U %S %e %M' "$@" > "$tmp/$name.out" 2> "$tmp/$name.err" || code=$?
	if [ "$code" -gt 1 ]; then
		echo "$name ended with $code:" >&2
		tail -n 5 "$tmp/$name.err" >&2
		exit 1
	fi
	echo "$name $(tail -n 1 "$tmp/time")" >> "$tmp/results"
}

for round in $(seq "$rounds"); do
	echo "round $round" >&2
	measure wc wc -l "$big"
	measure grep env LC_ALL=C grep -ciE -f "$here/patterns.txt" "$big"
	measure python python3 "$here/guide_analyzer.py" "$big"
	measure python_compiled python3 "$here/guide_analyzer.py" --compiled "$big"
	if command -v goaccess >/dev/null; then
		measure goaccess goaccess "$big" --log-format=COMBINED --no-global-config -o "$tmp/goaccess.json"
		measure goaccess_new goaccess "$new" --log-format=COMBINED --no-global-config -o "$tmp/goaccess.json"
	fi
	if [ -n "${CROWDSEC_CONFIG:-}" ]; then
		head -n "$some" "$big" > "$tmp/some.log"
		measure crowdsec crowdsec -c "$CROWDSEC_CONFIG" -dsn "file://$tmp/some.log" -type nginx -no-api
	fi
	measure sasumata "$bin" analyze -o jsonl "$big"
	measure scan env GOMAXPROCS=1 "$bin" waf scan --exit-zero "$big"
	measure scan_new env GOMAXPROCS=1 "$bin" waf scan --exit-zero "$new"
done

# median FIELD of NAME
median() {
	awk -v name="$1" -v field="$2" '$1 == name { print field == "cpu" ? $2 + $3 : field == "wall" ? $4 : $5 }' "$tmp/results" |
		sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

python=$(median python cpu)
# row NAME LABEL [LINES]
row() {
	awk -v label="$2" -v cpu="$(median "$1" cpu)" -v wall="$(median "$1" wall)" -v kb="$(median "$1" memory)" -v lines="${3:-$lines}" -v each="$python" -v all="$lines" '
		function rate(seconds) { return seconds > 0 ? sprintf("%.0f", lines / seconds) : "-" }
		BEGIN { printf "| %s | %s | %s | %s | %.1f MB |\n", label, rate(cpu), rate(wall), (cpu > 0 ? sprintf("%.2f x", (lines / cpu) / (all / each)) : "-"), kb / 1024 }'
}
echo "| program | lines/s of CPU time | lines/s of wall time | speed against Python (CPU) | peak memory |"
echo "|---|---:|---:|---:|---:|"
row wc '`wc -l` (reads only)'
row grep "\`grep -ciE\`, $(wc -l < "$here/patterns.txt") patterns"
row python "Python analyzer, as the guide has it ($(python3 -c 'import platform; print(platform.python_version())'))"
row python_compiled "Python analyzer, expressions compiled once"
if command -v goaccess >/dev/null; then
	version=$(goaccess --version | sed -n 's/.*GoAccess - \([0-9.]*[0-9]\).*/\1/p')
	row goaccess "GoAccess $version (statistics)"
	row goaccess_new "GoAccess $version, every URI new"
fi
if [ -n "${CROWDSEC_CONFIG:-}" ]; then row crowdsec "CrowdSec, the first $some lines" "$some"; fi
row sasumata '`sasumata analyze -o jsonl`'
row scan '`sasumata waf scan` on one processor'
row scan_new '`sasumata waf scan` on one processor, every URI new'
echo
echo "$lines lines, $((bytes / 1000000)) MB, median of $rounds interleaved rounds. grep counted $(cat "$tmp/grep.out") lines; the Python analyzer kept $(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["total_events"])' "$tmp/python.out") events; Sasumata wrote $(wc -l < "$tmp/sasumata.out") signals."
