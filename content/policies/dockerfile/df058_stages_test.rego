package policies.dockerfile.df058_test

import data.policies.dockerfile.df058

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df058.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a AS scratch") == {1}

test_bad_2 if lines("FROM a\nFROM b\nCOPY --from=0 x y") == {1}

test_bad_3 if lines("COPY --chown=app a b") == {1}

test_good_1 if lines("FROM a AS b\nFROM c\nCOPY --from=b x y") == set()

test_good_2 if lines("COPY --chown=root:root a b") == set()
