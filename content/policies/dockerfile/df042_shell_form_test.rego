package policies.dockerfile.df042_test

import data.policies.dockerfile.df042

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df042.deny with input as dockerfile.parse(text)

test_bad_1 if lines("CMD nginx -g x") == {1}

test_bad_2 if lines("ENTRYPOINT x") == {1}

test_good_1 if lines("CMD [\"a\"]") == set()

test_good_2 if lines("ENTRYPOINT []") == set()
