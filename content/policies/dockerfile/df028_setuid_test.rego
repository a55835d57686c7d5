package policies.dockerfile.df028_test

import data.policies.dockerfile.df028

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df028.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN chmod u+s /x") == {1}

test_bad_2 if lines("RUN chmod 4755 /x && \\\n setcap cap_net_raw+ep /y") == {1, 2}

test_good_1 if lines("RUN chmod 0755 /x") == set()

test_good_2 if lines("RUN find / -perm /6000 -exec chmod a-s {} +") == set()
