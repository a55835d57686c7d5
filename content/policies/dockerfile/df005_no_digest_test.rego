package policies.dockerfile.df005_test

import data.policies.dockerfile.df005

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df005.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a:1") == {1}

test_good_1 if lines("FROM a:1@sha256:1") == set()

test_good_2 if lines("FROM scratch") == set()
