package policies.dockerfile.df053_test

import data.policies.dockerfile.df053

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df053.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN useradd -u 123456 x") == {1}

test_good_1 if lines("RUN useradd -l -u 123456 x") == set()

test_good_2 if lines("RUN useradd -u 1000 x") == set()
