package policies.dockerfile.df008_test

import data.policies.dockerfile.df008

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df008.deny with input as dockerfile.parse(text)

test_bad_1 if lines("ADD https://example.com/x.tar.gz /x") == {1}

test_good_1 if lines("ADD --checksum=sha256:1 https://example.com/x /x") == set()
