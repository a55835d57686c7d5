package policies.dockerfile.df027_test

import data.policies.dockerfile.df027

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df027.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN chmod -R 777 /app") == {1}

test_bad_2 if lines("RUN chmod a+rw x") == {1}

test_bad_3 if lines("COPY --chmod=0666 a b") == {1}

test_good_1 if lines("RUN chmod 1777 /tmp") == set()

test_good_2 if lines("RUN chmod 755 x && chmod go-w y") == set()

test_good_3 if lines("RUN chmod u+w x") == set()

test_good_4 if lines("RUN chmod --reference=a b") == set()
