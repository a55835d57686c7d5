package policies.dockerfile.df017_test

import data.policies.dockerfile.df017

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df017.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN a && \\\n sudo b") == {2}

test_bad_2 if lines("RUN [\"sudo\", \"a\"]") == {1}

test_good_1 if lines("RUN apt-get install sudo") == set()

test_good_2 if lines("RUN echo sudo") == set()
