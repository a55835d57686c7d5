package policies.dockerfile.df021_test

import data.policies.dockerfile.df021

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df021.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN curl -fsSLk https://example.com") == {1}

test_bad_2 if lines("RUN sudo curl --insecure https://example.com") == {1}

test_good_1 if lines("RUN curl -fsSL -o k https://example.com") == set()

test_good_2 if lines("RUN curl -X link https://example.com") == set()
