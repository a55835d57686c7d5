package policies.dockerfile.df007_test

import data.policies.dockerfile.df007

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df007.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a\nADD x y /z/") == {2}

test_bad_2 if lines("ADD [\"a b\", \"/\"]") == {1}

test_bad_3 if lines("ONBUILD ADD x.zip /") == {1}

test_good_1 if lines("ADD rootfs.tar.xz /") == set()

test_good_2 if lines("ADD https://example.com/x /x") == set()

test_good_3 if lines("COPY a b") == set()

test_good_4 if lines("ADD \"a.tgz\" /") == set()
