package policies.dockerfile.df009_test

import data.policies.dockerfile.df009

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df009.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a AS b\nHEALTHCHECK CMD x\nFROM c") == {3}

test_good_1 if lines("FROM a AS b\nHEALTHCHECK CMD x\nFROM b") == set()

test_good_2 if lines("FROM a\nHEALTHCHECK NONE") == set()
