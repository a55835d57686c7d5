-- Passkeys of people. None of it is a secret.
CREATE TABLE passkeys (
	id         {{text}} NOT NULL PRIMARY KEY,
	credential {{bytes}} NOT NULL UNIQUE, -- the browser's name of it
	user_id    {{text}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	name       {{text}} NOT NULL,
	uses       BIGINT NOT NULL,           -- by its own account
	record     {{bytes}} NOT NULL,        -- what checks it
	created    BIGINT NOT NULL,
	used       BIGINT NOT NULL
);
CREATE INDEX passkeys_user ON passkeys (user_id);

-- Who signs in at a provider has its issuer here, and its name of the user once it was seen.
ALTER TABLE users ADD COLUMN issuer {{text}} NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN subject {{text}} NOT NULL DEFAULT '';
CREATE UNIQUE INDEX users_subject ON users (issuer, subject) WHERE subject <> '';

-- Addresses, users and names of nobody that cannot sign in until then.
CREATE TABLE lockouts (
	name  {{text}} NOT NULL PRIMARY KEY,
	until BIGINT NOT NULL
);
