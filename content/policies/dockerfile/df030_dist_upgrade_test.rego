package policies.dockerfile.df030_test

import data.policies.dockerfile.df030

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df030.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN apt-get -y dist-upgrade") == {1}

test_good_1 if lines("RUN apt-get install x") == set()

test_good_2 if lines("RUN apt-get -y upgrade") == set()
