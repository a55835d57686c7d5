package policies.dockerfile.df057_test

import data.policies.dockerfile.df057

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df057.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN yarn cache clean && yarn install x") == {1}

test_bad_2 if lines("RUN zypper dup") == {1}

test_good_1 if lines("RUN yarn install && yarn cache clean") == set()

test_good_2 if lines("RUN foo") == set()
