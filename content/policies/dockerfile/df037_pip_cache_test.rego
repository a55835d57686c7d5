package policies.dockerfile.df037_test

import data.policies.dockerfile.df037

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df037.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN pip3 install x") == {1}

test_bad_2 if lines("RUN python3 -m pip install x") == {1}

test_bad_3 if lines("ENV PIP_NO_CACHE_DIR=off\nRUN pip install x") == {2}

test_good_1 if lines("RUN pip install --no-cache-dir x") == set()

test_good_2 if lines("FROM a AS b\nENV PIP_NO_CACHE_DIR=1\nFROM b\nRUN pip install x") == set()

test_good_3 if lines("RUN export PIP_NO_CACHE_DIR=yes && pip install x") == set()

test_good_4 if lines("RUN --mount=type=cache,target=/root/.cache/pip pip install x") == set()

test_good_5 if lines("RUN pip uninstall x") == set()
