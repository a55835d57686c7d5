package policies.dockerfile.df014_test

import data.policies.dockerfile.df014

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df014.deny with input as dockerfile.parse(text)

test_bad_1 if lines("EXPOSE 40000-80000/tcp") == {1}

test_bad_2 if lines("EXPOSE 99999999999999999999") == {1}

test_good_1 if lines("EXPOSE 65535") == set()

test_good_2 if lines("EXPOSE ${X}") == set()
