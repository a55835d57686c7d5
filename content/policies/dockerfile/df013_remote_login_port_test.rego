package policies.dockerfile.df013_test

import data.policies.dockerfile.df013

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df013.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a\nEXPOSE 80 22/tcp") == {2}

test_bad_2 if lines("EXPOSE 20-25") == {1}

test_good_1 if lines("EXPOSE 80 443/udp ${P} 2222") == set()

test_good_2 if lines("EXPOSE 1-65535") == set()
