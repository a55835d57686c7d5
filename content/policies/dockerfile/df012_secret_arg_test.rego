package policies.dockerfile.df012_test

import data.policies.dockerfile.df012

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df012.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a\nARG GITHUB_TOKEN") == {2}

test_good_1 if lines("ARG VERSION") == set()

test_good_2 if lines("ARG TOKEN_FILE") == set()

test_good_3 if lines("RUN --mount=type=secret,id=x y") == set()
