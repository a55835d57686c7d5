package access

import (
	"context"
	"database/sql"
)

// Forget removes from a state database all that somebody can sign in with: passwords,
// second factors, passkeys, sessions and tokens. Users stay, with their roles; they want
// another password each. It is for copies.
func Forget(ctx context.Context, tx *sql.Tx) error {
	for _, statement := range []string{
		"DELETE FROM sessions", "DELETE FROM recovery_codes", "DELETE FROM api_tokens", "DELETE FROM passkeys",
		"UPDATE users SET password = '', totp = NULL, totp_on = 0, totp_step = 0",
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
