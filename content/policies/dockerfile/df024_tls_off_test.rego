package policies.dockerfile.df024_test

import data.policies.dockerfile.df024

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df024.deny with input as dockerfile.parse(text)

test_bad_1 if lines("ENV PYTHONHTTPSVERIFY=0 X=1") == {1}

test_bad_2 if lines("RUN export NODE_TLS_REJECT_UNAUTHORIZED=0") == {1}

test_bad_3 if lines("RUN npm config set strict-ssl false") == {1}

test_bad_4 if lines("ARG GIT_SSL_NO_VERIFY=0") == {1}

test_bad_5 if lines("RUN git config --global http.sslVerify false") == {1}

test_bad_6 if lines("ENV npm_config_strict_ssl=false") == {1}

test_good_1 if lines("ENV PYTHONHTTPSVERIFY=1") == set()

test_good_2 if lines("RUN npm config set strict-ssl true") == set()

test_good_3 if lines("RUN NODE_TLS_REJECT_UNAUTHORIZED=1 x") == set()
