package policies.dockerfile.df052_test

import data.policies.dockerfile.df052

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df052.deny with input as dockerfile.parse(text)

test_bad_1 if lines("COPY a b") == {1}

test_bad_2 if lines("FROM a\nWORKDIR /x\nFROM b\nCOPY a .") == {4}

test_good_1 if lines("WORKDIR /x\nCOPY a b") == set()

test_good_2 if lines("COPY a /b") == set()

test_good_3 if lines("FROM a AS b\nWORKDIR /x\nFROM b\nCOPY a .") == set()

test_good_4 if lines("COPY a $X") == set()
