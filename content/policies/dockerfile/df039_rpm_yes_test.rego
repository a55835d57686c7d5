package policies.dockerfile.df039_test

import data.policies.dockerfile.df039

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df039.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN yum install x") == {1}

test_bad_2 if lines("RUN tdnf install x") == {1}

test_bad_3 if lines("RUN zypper in x") == {1}

test_good_1 if lines("RUN dnf -vy install x") == set()

test_good_2 if lines("RUN zypper -n in x") == set()

test_good_3 if lines("RUN zypper install --no-confirm x") == set()

test_good_4 if lines("RUN yum clean all") == set()
