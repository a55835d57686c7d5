package policies.dockerfile.df046_test

import data.policies.dockerfile.df046

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df046.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN --security=insecure x") == {1}

test_bad_2 if lines("RUN --network=host x") == {1}

test_bad_3 if lines("RUN apt-get install -y openssh-server") == {1}

test_good_1 if lines("RUN --network=none x") == set()

test_good_2 if lines("RUN apt-get install -y openssh-client") == set()

test_good_3 if lines("FROM a AS b\nRUN apk add openssh\nFROM c") == set()
