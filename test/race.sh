#!/bin/sh
# Runs all tests and prints them as go test -json does: with the race detector where a package
# or its tests start goroutines, without it elsewhere, where there is nothing to find for it
# and it makes tests five times as slow. Of the commands' tests only those with goroutines of
# their own run: each of the others loads all content, and then does what the packages' tests
# do, too.
GO=${GO:-go}
limit=18m
racing="" plain=""
for one in $($GO list -f '{{.ImportPath}}:{{.Dir}}' ./... | grep -v /cmd/sasumata:); do
	if grep -qE '^[[:space:]]*go |\.Go\(|RunParallel' "${one#*:}"/*.go; then
		racing="$racing ${one%%:*}"
	else
		plain="$plain ${one%%:*}"
	fi
done
code=0
# shellcheck disable=SC2086
$GO test -timeout $limit -json -race $racing || code=1
# shellcheck disable=SC2086
$GO test -timeout $limit -json $plain || code=1
$GO test -timeout $limit -json -race -run "Top|CtrlC|Serve|Tail|Manager|Threats|Warnings|SeveralLogs" ./cmd/sasumata || code=1
exit $code
