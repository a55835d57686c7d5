package respond

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/database"
)

// memories keeps what responses did to containers, in the state database.
type memories struct{ db *database.DB }

// load returns what the response did so far; nil when that is nothing.
func (s memories) load(ctx context.Context, response int64) (m *Containment, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		found, err := contained(ctx, tx, []int64{response})
		m = found[response]
		return err
	})
	return m, err
}

// held returns what the response did so far, if it is in effect and not to end; nil else.
func (s memories) held(ctx context.Context, response int64) (m *Containment, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		m = nil
		_, is, err := find(ctx, tx, "id = $1 AND open = 1 AND state = 'active' AND ending = ''", response)
		if err != nil || !is {
			return err
		}
		found, err := contained(ctx, tx, []int64{response})
		m = found[response]
		return err
	})
	return m, err
}

// save writes it down. It is there before what it tells of is done.
func (s memories) save(ctx context.Context, response int64, m *Containment) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	// Also when the server stops: what was done is to be known.
	err = s.db.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO response_containers (response, container, memory) VALUES ($1, $2, $3) ON CONFLICT (response) DO UPDATE SET container = excluded.container, memory = excluded.memory",
			response, m.Container, database.Text(string(text)))
		return err
	})
	if err != nil {
		return fmt.Errorf("note what is done to the container: %w", err)
	}
	return nil
}

// others returns what other open responses hold of the container.
func (s memories) others(ctx context.Context, response int64, id string) (list []*Containment, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		list = nil
		rows, err := tx.QueryContext(ctx, `SELECT c.memory FROM response_containers c JOIN responses r ON r.id = c.response
			WHERE c.container = $1 AND c.response <> $2 AND r.open = 1 AND r.ending = '' AND r.state IN ('active', 'applying', 'planned')`, id, response)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				return err
			}
			m := &Containment{}
			if err := json.Unmarshal([]byte(text), m); err != nil {
				return err
			}
			list = append(list, m)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("look what else holds the container: %w", err)
	}
	return list, nil
}

// contained returns what responses did to containers, by their ids.
func contained(ctx context.Context, tx *sql.Tx, responses []int64) (map[int64]*Containment, error) {
	found := map[int64]*Containment{}
	if len(responses) == 0 {
		return found, nil
	}
	numbers := make([]string, len(responses))
	for i, id := range responses {
		numbers[i] = strconv.FormatInt(id, 10)
	}
	rows, err := tx.QueryContext(ctx, "SELECT response, memory FROM response_containers WHERE response IN ("+strings.Join(numbers, ", ")+")") //nolint:gosec // they are numbers
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, err
		}
		m := &Containment{}
		if err := json.Unmarshal([]byte(text), m); err != nil {
			return nil, fmt.Errorf("read what the response %d did: %w", id, err)
		}
		found[id] = m
	}
	return found, errors.Join(rows.Err(), rows.Close()) // PostgreSQL answers one question at a time
}
