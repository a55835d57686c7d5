package access

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/netip"
	"time"
)

// Addresses returns from where people are signed in, and from where admins and responders
// signed in since then.
func (a *Accounts) Addresses(ctx context.Context, since time.Time) (sessions, logins []netip.Addr, err error) {
	now := a.opts.Now()
	err = a.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		sessions, logins = nil, nil
		texts, err := column(ctx, tx, "SELECT DISTINCT address FROM sessions WHERE expires > $1 AND seen > $2", now.UnixNano(), now.Add(-a.opts.Idle).UnixNano())
		if err != nil {
			return err
		}
		sessions = addresses(texts)
		details, err := column(ctx, tx, `SELECT DISTINCT e.detail FROM audit e JOIN users u ON u.name = e.actor
			WHERE e.action = 'session.begin' AND e.at > $1 AND u.role IN ($2, $3)`, since.UnixNano(), Admin.String(), Responder.String())
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, text := range details {
			var detail struct{ From string }
			if json.Unmarshal([]byte(text), &detail) == nil && !seen[detail.From] {
				seen[detail.From] = true
				logins = append(logins, addresses([]string{detail.From})...)
			}
		}
		return nil
	})
	return sessions, logins, err
}

// column reads one text of each row.
func column(ctx context.Context, tx *sql.Tx, statement string, args ...any) (texts []string, err error) {
	rows, err := tx.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return texts, rows.Close() // PostgreSQL answers one question at a time
}

// addresses reads those that are some.
func addresses(texts []string) (list []netip.Addr) {
	for _, text := range texts {
		if a, err := netip.ParseAddr(text); err == nil {
			list = append(list, a)
		}
	}
	return list
}
