package policies.dockerfile.df051_test

import data.policies.dockerfile.df051

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df051.deny with input as dockerfile.parse(text)

test_bad_1 if lines("ENV A=1 B=$A/x") == {1}

test_bad_2 if lines("ENV PATH=/a:${PATH} PATH=/b:${PATH}") == {1}

test_good_1 if lines("ENV A=1 B=$AB") == set()

test_good_2 if lines("ENV PATH=/a:$PATH") == set()

test_good_3 if lines("ENV A=1\nENV B=$A") == set()
