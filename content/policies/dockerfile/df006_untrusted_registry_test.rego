package policies.dockerfile.df006_test

import data.policies.dockerfile.df006

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df006.deny with input as dockerfile.parse(text)

test_good_1 if lines("FROM registry.example.com/a") == set()
