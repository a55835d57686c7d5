package policies.dockerfile.df002_test

import data.policies.dockerfile.df002

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df002.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a AS b\nUSER app\nFROM c\nRUN x") == {3}

test_good_1 if lines("FROM a AS b\nUSER app\nFROM b") == set()

test_good_2 if lines("FROM gcr.io/distroless/static:nonroot") == set()

test_good_3 if lines("FROM a\nUSER 1") == set()
