package policies.dockerfile.df050_test

import data.policies.dockerfile.df050

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df050.deny with input as dockerfile.parse(text)

test_bad_1 if lines("ONBUILD ONBUILD RUN x") == {1}

test_bad_2 if lines("ONBUILD MAINTAINER me") == {1}

test_good_1 if lines("ONBUILD RUN x") == set()

test_good_2 if lines("MAINTAINER me") == set()
