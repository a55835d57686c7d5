package policies.dockerfile.df001_test

import data.policies.dockerfile.df001

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df001.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a\nUSER app\nUSER root") == {3}

test_bad_2 if lines("FROM a AS b\nUSER 0:0\nFROM b\nRUN x") == {2}

test_good_1 if lines("FROM a AS b\nUSER root\nFROM a\nUSER app") == set()

test_good_2 if lines("FROM a\nUSER root\nUSER 1000:0") == set()

test_good_3 if lines("FROM a") == set()
