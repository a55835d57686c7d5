package policies.dockerfile.df031_test

import data.policies.dockerfile.df031

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df031.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN apt update && apt install -y x") == {1}

test_good_1 if lines("RUN apt-get update") == set()

test_good_2 if lines("RUN cat /etc/apt/sources.list") == set()
