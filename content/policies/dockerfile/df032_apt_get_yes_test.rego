package policies.dockerfile.df032_test

import data.policies.dockerfile.df032

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df032.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN apt-get update && apt-get install x") == {1}

test_bad_2 if lines("RUN [\"sudo\", \"apt-get\", \"-q\", \"install\", \"x\"]") == {1}

test_good_1 if lines("RUN apt-get install -qq x") == set()

test_good_2 if lines("RUN apt-get install -q=2 x") == set()

test_good_3 if lines("RUN apt-get --quiet --quiet install x") == set()

test_good_4 if lines("RUN yes | apt-get install x") == set()

test_good_5 if lines("RUN apt-get -qy install x") == set()
