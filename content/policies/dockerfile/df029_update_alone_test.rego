package policies.dockerfile.df029_test

import data.policies.dockerfile.df029

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df029.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN apt-get update\nRUN apt-get install -y x") == {1}

test_bad_2 if lines("RUN zypper refresh\nRUN zypper install x") == {1}

test_good_1 if lines("RUN apt-get update && apt-get install x") == set()

test_good_2 if lines("RUN apt-get update; apt-get install x") == set()

test_good_3 if lines("RUN apk add --update x") == set()

test_good_4 if lines("RUN yum -y update") == set()
