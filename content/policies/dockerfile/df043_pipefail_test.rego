package policies.dockerfile.df043_test

import data.policies.dockerfile.df043

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df043.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN a | b") == {1}

test_bad_2 if lines("FROM a\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN a | b\nFROM c\nRUN a | b") == {5}

test_good_1 if lines("RUN a && b") == set()

test_good_2 if lines("RUN set -eo pipefail; a | b") == set()

test_good_3 if lines("FROM a\nSHELL [\"pwsh\", \"-c\"]\nRUN a | b") == set()

test_good_4 if lines("RUN echo 'a | b'") == set()
