package policies.dockerfile.df022_test

import data.policies.dockerfile.df022

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df022.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN wget --no-check-certificate https://example.com") == {1}

test_good_1 if lines("RUN wget https://example.com") == set()
