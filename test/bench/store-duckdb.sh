#!/usr/bin/env bash
# Asks the log store and DuckDB the same questions over the same files, in turn, and
# prints a table of the medians: of a store that is open, and of one that is opened
# for each question. Needs Node and the npm package @duckdb/node-api, in the
# folder that SASUMATA_DUCKDB names:
#
#   npm install --prefix .bin/duckdb @duckdb/node-api
#   SASUMATA_DUCKDB=$PWD/.bin/duckdb test/bench/store-duckdb.sh
#
# EVENTS is how many events are stored (5000000), ROUNDS how often each question is asked
# (9), BENCH a regular expression for the names of questions.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${SASUMATA_DUCKDB:?names no folder with the npm package @duckdb/node-api}"
SASUMATA_DUCKDB=$(cd "$SASUMATA_DUCKDB" && pwd -P)
export SASUMATA_DUCKDB SASUMATA_BENCH_EVENTS=${EVENTS:-5000000}

echo "load: $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || echo unknown)"
go test ./internal/store -run '^$' -bench "^BenchmarkDuckDB\$/^(store|${BENCH:-.*})\$" -benchtime "${ROUNDS:-9}x" -timeout 60m |
	awk '
		/^BenchmarkDuckDB\// {
			split("", value)
			for (i = 3; i < NF; i += 2) value[$(i + 1)] = $i
			name = $1; sub(/^BenchmarkDuckDB\//, "", name); sub(/-[0-9]+$/, "", name)
			if (name == "store") {
				printf "%d events in %d parts, %.1f bytes each\n\n", value["events"], value["parts"], value["B/event"]
				print "| question | store | DuckDB | ratio | store, CPU | DuckDB, CPU | ratio | opened anew | ratio, CPU |"
				print "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
				next
			}
			printf "| %s | %.1f ms | %.1f ms | %.2f x | %.1f ms | %.1f ms | %.2f x | %.1f ms | %.2f x |\n", name, value["ours-ms"], value["duckdb-ms"], value["ratio"], value["ours-cpu-ms"], value["duckdb-cpu-ms"], value["ours-cpu-ms"] / value["duckdb-cpu-ms"], value["anew-ms"], value["anew-cpu-ms"] / value["duckdb-cpu-ms"]
		}
		/FAIL|panic|SKIP/ { print; bad = 1 }
		END { exit bad }
	'
echo "load: $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || echo unknown)"
