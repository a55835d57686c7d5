package policies.dockerfile.df003_test

import data.policies.dockerfile.df003

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df003.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a:latest") == {1}

test_bad_2 if lines("ARG V=latest\nFROM a:${V} AS b\nFROM b") == {2}

test_good_1 if lines("FROM a:1") == set()

test_good_2 if lines("FROM a:latest@sha256:1") == set()

test_good_3 if lines("ARG V\nFROM a:$V") == set()
