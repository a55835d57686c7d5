package policies.dockerfile.df010_test

import data.policies.dockerfile.df010

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df010.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a\nHEALTHCHECK CMD x\nHEALTHCHECK CMD y") == {3}

test_good_1 if lines("FROM a\nHEALTHCHECK CMD x\nFROM b\nHEALTHCHECK CMD y") == set()
