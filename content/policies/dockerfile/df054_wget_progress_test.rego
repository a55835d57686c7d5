package policies.dockerfile.df054_test

import data.policies.dockerfile.df054

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df054.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN wget https://example.com") == {1}

test_good_1 if lines("RUN wget -q x") == set()

test_good_2 if lines("RUN wget -nv x") == set()

test_good_3 if lines("RUN wget --progress=dot:giga x") == set()

test_good_4 if lines("RUN wget -qO- x") == set()
