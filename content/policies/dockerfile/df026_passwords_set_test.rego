package policies.dockerfile.df026_test

import data.policies.dockerfile.df026

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df026.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN echo root:x | chpasswd") == {1}

test_bad_2 if lines("RUN passwd -d root") == {1}

test_bad_3 if lines("RUN useradd -m -p '' app") == {1}

test_good_1 if lines("RUN useradd app") == set()

test_good_2 if lines("RUN passwd -l root") == set()
