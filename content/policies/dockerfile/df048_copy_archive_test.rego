package policies.dockerfile.df048_test

import data.policies.dockerfile.df048

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df048.deny with input as dockerfile.parse(text)

test_bad_1 if lines("COPY a.tar /x/\nRUN tar -xf /x/a.tar") == {1}

test_good_1 if lines("COPY a.json /x") == set()

test_good_2 if lines("COPY a.tar /x\nRUN cat a.tar") == set()
