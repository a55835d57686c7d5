package policies.dockerfile.df038_test

import data.policies.dockerfile.df038

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df038.deny with input as dockerfile.parse(text)

test_bad_1 if lines("RUN apt-get install -y a=1 b \\\n && apk add c") == {1, 2}

test_bad_2 if lines("RUN pip install -i https://example.com a") == {1}

test_bad_3 if lines("RUN npm i -g @x/y") == {1}

test_bad_4 if lines("RUN yum module install -y t") == {1}

test_bad_5 if lines("RUN gem install a") == {1}

test_bad_6 if lines("RUN go install example.com/x@latest") == {1}

test_bad_7 if lines("RUN pip install git+https://example.com/a/b.git") == {1}

test_good_1 if lines("RUN apt-get install -y a=1 ./b.deb") == set()

test_good_2 if lines("RUN apk add --virtual .x a~=1") == set()

test_good_3 if lines("RUN pip install -r x.txt") == set()

test_good_4 if lines("RUN pip install a==1 'b>=2' . git+ssh://git@example.com/a/b.git@1") == set()

test_good_5 if lines("RUN npm install a@1 @x/y@2 ./z") == set()

test_good_6 if lines("RUN npm ci") == set()

test_good_7 if lines("RUN yum install -y a-1.2") == set()

test_good_8 if lines("RUN gem install a:1 -- --b") == set()

test_good_9 if lines("RUN go install ./...") == set()

test_good_10 if lines("RUN go run example.com/x@v1 serve") == set()

test_good_11 if lines("RUN apt-get install -y $PACKAGES") == set()
