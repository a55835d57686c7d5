package policies.dockerfile.df045_test

import data.policies.dockerfile.df045

# lines returns the lines of the findings in a Dockerfile.
lines(text) := {r.line | some r in found} if found := df045.deny with input as dockerfile.parse(text)

test_good_1 if lines("COPY . .") == set()

test_no_ignore if count(df045.deny) == 1 with input as object.union(dockerfile.parse("COPY . /app"), {"ignore": {"known": true, "present": false, "patterns": []}})

test_incomplete if count(df045.deny) == 1 with input as object.union(dockerfile.parse("COPY ./ /app"), {"ignore": {"known": true, "present": true, "patterns": ["node_modules", ".env"]}})

test_complete if count(df045.deny) == 0 with input as object.union(dockerfile.parse("COPY . /app"), {"ignore": {"known": true, "present": true, "patterns": ["**/.git", ".env*"]}})

test_only_named if count(df045.deny) == 0 with input as object.union(dockerfile.parse("COPY . /app"), {"ignore": {"known": true, "present": true, "patterns": ["*", "!src"]}})
