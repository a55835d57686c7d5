package policies.dockerfile.df049_test

import data.policies.dockerfile.df049

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df049.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM --platform=linux/amd64 a") == {1}

test_good_1 if lines("FROM --platform=$BUILDPLATFORM a") == set()

test_good_2 if lines("FROM a") == set()
