package policies.dockerfile.df056_test

import data.policies.dockerfile.df056

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df056.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN a\nRUN b") == {2}

test_bad_2 if lines("ADD a /x\nADD b /x") == {2}

test_good_1 if lines("RUN a") == set()

test_good_2 if lines("COPY a ./one\nCOPY b ./two") == set()

test_good_3 if lines("RUN --mount=type=cache,target=/x a\nRUN b") == set()

test_good_4 if lines("FROM a\nRUN b\nFROM c\nRUN d") == set()
