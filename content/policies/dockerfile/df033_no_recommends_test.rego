package policies.dockerfile.df033_test

import data.policies.dockerfile.df033

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df033.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN apt-get install -y x") == {1}

test_good_1 if lines("RUN apt-get install --no-install-recommends x") == set()

test_good_2 if lines("RUN apt-get -o APT::Install-Recommends=false install x") == set()

test_good_3 if lines("RUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/x\nRUN apt-get install -y x") == set()
