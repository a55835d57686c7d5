package policies.dockerfile.df059_test

import data.policies.dockerfile.df059

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df059.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN ln -sf /bin/bash /bin/sh") == {1}

test_good_1 if lines("RUN ln -sf /bin/true /sbin/initctl") == set()
