package policies.dockerfile.df036_test

import data.policies.dockerfile.df036

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df036.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN apk add x") == {1}

test_bad_2 if lines("RUN apk --update add x") == {1}

test_good_1 if lines("RUN apk --no-cache add x") == set()

test_good_2 if lines("RUN apk add x && rm -rf /var/cache/apk/*") == set()

test_good_3 if lines("RUN --mount=type=cache,target=/var/cache/apk apk add x") == set()
