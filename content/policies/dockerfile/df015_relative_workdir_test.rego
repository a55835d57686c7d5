package policies.dockerfile.df015_test

import data.policies.dockerfile.df015

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df015.deny with input as dockerfile.parse(text)

test_bad_1 if lines("WORKDIR app") == {1}

test_bad_2 if lines("WORKDIR \"a/b\"") == {1}

test_good_1 if lines("WORKDIR /app") == set()

test_good_2 if lines("WORKDIR ${X}") == set()

test_good_3 if lines("WORKDIR 'C:\\'") == set()
