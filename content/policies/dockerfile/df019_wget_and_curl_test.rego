package policies.dockerfile.df019_test

import data.policies.dockerfile.df019

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df019.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a\nRUN wget x\nRUN curl y") == {3}

test_good_1 if lines("FROM a\nRUN wget x\nFROM b\nRUN curl y") == set()

test_good_2 if lines("RUN apt-get install curl wget") == set()
