package policies.dockerfile.df018_test

import data.policies.dockerfile.df018

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df018.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN cd /opt") == {1}

test_bad_2 if lines("RUN cd a && make") == {1}

test_good_1 if lines("WORKDIR /opt") == set()
