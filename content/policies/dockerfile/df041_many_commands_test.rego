package policies.dockerfile.df041_test

import data.policies.dockerfile.df041

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df041.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a\nCMD x\nCMD y\nENTRYPOINT z") == {3}

test_good_1 if lines("FROM a\nCMD x\nFROM b\nCMD y") == set()
