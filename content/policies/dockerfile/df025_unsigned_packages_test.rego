package policies.dockerfile.df025_test

import data.policies.dockerfile.df025

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df025.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN apk add --allow-untrusted x") == {1}

test_bad_2 if lines("RUN apt-get install -y --force-yes x") == {1}

test_bad_3 if lines("RUN yum install --nogpgcheck x && \\\n rpm -i --nosignature y") == {1, 2}

test_bad_4 if lines("RUN yum --setopt=sslverify=0 install x") == {1}

test_good_1 if lines("RUN apk add x") == set()

test_good_2 if lines("RUN rpm -i x") == set()
