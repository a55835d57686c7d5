package policies.dockerfile.df016_test

import data.policies.dockerfile.df016

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df016.deny with input as dockerfile.parse(text)

test_bad_1 if lines("WORKDIR /etc/") == {1}

test_bad_2 if lines("VOLUME [\"/usr\", \"/data\"]") == {1}

test_bad_3 if lines("VOLUME /") == {1}

test_good_1 if lines("WORKDIR /usr/src/app") == set()

test_good_2 if lines("WORKDIR /") == set()

test_good_3 if lines("VOLUME /var/lib/x") == set()
