package policies.dockerfile.df004_test

import data.policies.dockerfile.df004

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df004.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a") == {1}

test_bad_2 if lines("FROM localhost:5000/a") == {1}

test_good_1 if lines("FROM a:1 AS b\nFROM b") == set()

test_good_2 if lines("FROM scratch") == set()

test_good_3 if lines("FROM a@sha256:1") == set()

test_good_4 if lines("ARG I\nFROM $I") == set()
