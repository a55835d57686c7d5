package policies.dockerfile.df035_test

import data.policies.dockerfile.df035

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df035.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN yum clean all && yum install -y x") == {1}

test_bad_2 if lines("RUN dnf -y up-min") == {1}

test_bad_3 if lines("RUN zypper in -y x") == {1}

test_bad_4 if lines("RUN rm -rf /var/cache/libdnf5 && dnf install -y x") == {1}

test_good_1 if lines("RUN yum install -y x && yum clean all") == set()

test_good_2 if lines("RUN --mount=type=cache,target=/var/cache/libdnf5 microdnf in x") == set()

test_good_3 if lines("RUN dnf in x && rm -rf /var/cache/yum/*") == set()

test_good_4 if lines("FROM a AS b\nRUN yum install x\nFROM c") == set()
