package policies.dockerfile.df034_test

import data.policies.dockerfile.df034

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df034.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN apt-get update && apt-get install x") == {1}

test_bad_2 if lines("FROM a\nRUN rm -rf /var/lib/apt/lists\nRUN aptitude install x") == {3}

test_good_1 if lines("RUN apt-get update && apt-get install x && rm -rf /var/lib/apt/lists/*") == set()

test_good_2 if lines("FROM a AS b\nRUN apt-get install x\nFROM c") == set()

test_good_3 if lines("RUN --mount=type=cache,target=/var/lib/apt --mount=type=tmpfs,target=/var/cache/apt apt-get update") == set()
