package policies.dockerfile.df044_test

import data.policies.dockerfile.df044

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df044.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a AS b\nCOPY --from=b x y") == {2}

test_bad_2 if lines("FROM a\nCOPY --from=c x y") == {2}

test_bad_3 if lines("FROM a AS b\nFROM c AS B") == {2}

test_bad_4 if lines("COPY a b c") == {1}

test_bad_5 if lines("FROM a\nCOPY --from=0 x y") == {2}

test_good_1 if lines("FROM a AS b\nFROM c\nCOPY --from=b x y") == set()

test_good_2 if lines("COPY --from=img:1 x y") == set()

test_good_3 if lines("COPY a b c/") == set()

test_good_4 if lines("FROM a\nFROM b\nCOPY --from=0 x y") == set()

test_good_5 if lines("COPY a b ${X}") == set()
