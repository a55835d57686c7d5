package policies.dockerfile.df040_test

import data.policies.dockerfile.df040

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df040.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a\nMAINTAINER me") == {2}

test_good_1 if lines("LABEL maintainer=me") == set()
