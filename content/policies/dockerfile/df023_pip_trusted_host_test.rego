package policies.dockerfile.df023_test

import data.policies.dockerfile.df023

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df023.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN pip3 install --trusted-host example.com x") == {1}

test_bad_2 if lines("ENV PIP_TRUSTED_HOST=example.com") == {1}

test_bad_3 if lines("RUN PIP_TRUSTED_HOST=a pip install x") == {1}

test_good_1 if lines("RUN pip install x") == set()
