package policies.dockerfile.df020_test

import data.policies.dockerfile.df020

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df020.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN curl -s https://example.com/i.sh | bash") == {1}

test_bad_2 if lines("RUN wget -qO- x | tee y | sudo sh -s -- -y") == {1}

test_bad_3 if lines("RUN bash -c \"$(curl -fsSL https://example.com)\"") == {1}

test_bad_4 if lines("RUN bash <(curl x)") == {1}

test_bad_5 if lines("RUN curl x | python3 -") == {1}

test_good_1 if lines("RUN curl x | tar xz") == set()

test_good_2 if lines("RUN curl x -o y && sha256sum -c z && sh y") == set()

test_good_3 if lines("RUN curl x | python3 -c 'import json'") == set()

test_good_4 if lines("RUN curl x | sh -c 'cat > y'") == set()
