package policies.dockerfile.df011_test

import data.policies.dockerfile.df011

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df011.deny with input as dockerfile.parse(text)

test_bad_1 if lines("FROM a\nENV DB_PASSWORD=hunter22") == {2}

test_bad_2 if lines("ARG API_KEY=abc123def") == {1}

test_bad_3 if lines("ENV X=AKIAIOSFODNN7EXAMPLF") == {1}

test_bad_4 if lines("RUN curl -H \"Authorization: Bearer ghp_0123456789abcdefghijABCDEFGHIJ012345\" https://example.com") == {1}

test_bad_5 if lines("COPY id_rsa /root/.ssh/id_rsa") == {1}

test_bad_6 if lines("COPY .env /app/") == {1}

test_bad_7 if lines("RUN export NPM_TOKEN=abcdef123 && \\\n  DB_PASS=s3cret12 x") == {1, 2}

test_bad_8 if lines("RUN mysql -u root --password=hunter22 x") == {1}

test_good_1 if lines("ENV DB_PASSWORD_FILE=/run/secrets/db") == set()

test_good_2 if lines("ARG TOKEN") == set()

test_good_3 if lines("ENV DB_PASSWORD=$X") == set()

test_good_4 if lines("ENV PASSWORD=") == set()

test_good_5 if lines("COPY --from=b id_rsa.pub /x") == set()

test_good_6 if lines("ENV TOKEN_TTL=3600") == set()

test_good_7 if lines("COPY .env.example /app/") == set()

test_good_8 if lines("RUN --mount=type=secret,id=npm NPM_TOKEN=$(cat /run/secrets/npm) npm ci") == set()

test_good_9 if lines("ENV SSH_AUTH_SOCK=/x AUTHOR=me") == set()
