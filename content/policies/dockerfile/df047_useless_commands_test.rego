package policies.dockerfile.df047_test

import data.policies.dockerfile.df047

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df047.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN service nginx start") == {1}

test_bad_2 if lines("RUN a && top") == {1}

test_good_1 if lines("RUN apt-get install -y vim") == set()

test_good_2 if lines("RUN systemctl enable x") == set()
