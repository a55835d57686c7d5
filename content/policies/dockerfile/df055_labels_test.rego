package policies.dockerfile.df055_test

import data.policies.dockerfile.df055

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df055.deny with input as dockerfile.parse(text)

test_bad_1 if lines("LABEL a..b=x") == {1}

test_bad_2 if lines("LABEL e=\"\"") == {1}

test_good_1 if lines("LABEL org.opencontainers.image.title=\"x\" maintainer=y") == set()
