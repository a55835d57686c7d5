-- People who may sign in. Times are 0 for never, texts empty for none.
CREATE TABLE users (
	id         {{text}} NOT NULL PRIMARY KEY,
	name       {{text}} NOT NULL UNIQUE,
	role       {{text}} NOT NULL,
	password   {{text}} NOT NULL, -- in PHC form
	disabled   BIGINT NOT NULL,   -- 1 or 0
	totp       {{bytes}},         -- the secret of the second factor
	totp_on    BIGINT NOT NULL,   -- 1 once a code has proved it
	totp_step  BIGINT NOT NULL,   -- that of the last code: no code is taken twice
	created    BIGINT NOT NULL,
	last_login BIGINT NOT NULL
);

-- Codes for those who lost their second factor, each for once.
CREATE TABLE recovery_codes (
	user_id {{text}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	hash    {{bytes}} NOT NULL,
	PRIMARY KEY (user_id, hash)
);

-- Who is signed in. The secret is in the browser, its SHA-256 is here.
CREATE TABLE sessions (
	hash    {{bytes}} NOT NULL PRIMARY KEY,
	id      {{text}} NOT NULL UNIQUE,
	user_id {{text}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	created BIGINT NOT NULL,
	seen    BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	address {{text}} NOT NULL,
	agent   {{text}} NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id, created);

-- Tokens of programs. One of a user can do no more than the user.
CREATE TABLE api_tokens (
	id      {{text}} NOT NULL PRIMARY KEY,
	hash    {{bytes}} NOT NULL UNIQUE,
	name    {{text}} NOT NULL UNIQUE,
	user_id {{text}} REFERENCES users (id) ON DELETE CASCADE,
	scopes  {{text}} NOT NULL,
	created BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	used    BIGINT NOT NULL
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);
