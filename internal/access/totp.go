package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6238: what every authenticator knows
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// The second factor, as RFC 6238 has it and authenticators know it.
const (
	totpStep   = 30 * time.Second
	totpDigits = 6
	totpBytes  = 20
	// totpSkew is by how many steps the clock of an authenticator may be wrong.
	totpSkew = 1
	// recoveryCodes is how many there are, recoveryBytes how long: nobody guesses them.
	recoveryCodes = 10
	recoveryBytes = 10
)

// errReplayed is a code that is wrong, or was used before.
const errReplayed refusedError = "wrong code"

// code returns that of a step.
func code(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, step) // a hash takes all
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, n%1_000_000)
}

// step returns that of the code; 0 when it is of none around now. It takes as long for
// each.
func step(secret []byte, now time.Time, typed string) (found int64) {
	current := now.Unix() / int64(totpStep/time.Second)
	for s := current - totpSkew; s <= current+totpSkew; s++ {
		if subtle.ConstantTimeCompare([]byte(code(secret, s)), []byte(typed)) == 1 {
			found = s
		}
	}
	return found
}

func base32Of(b []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// typed returns a code without what people type between.
func typed(s string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(cut(s, maxName)))
}

// TOTP is a second factor that an authenticator is to be told.
type TOTP struct {
	// Secret is in base32.
	Secret string `json:"secret"`
	// URI holds it for a QR code.
	URI string `json:"uri"`
}

// BeginTOTP returns the secret of a second factor. It is asked for once ConfirmTOTP saw a
// code of it.
func (a *Accounts) BeginTOTP(ctx context.Context, who Who, by Actor, password string) (t TOTP, err error) {
	if err := a.prove(ctx, who, by, password); err != nil {
		return t, err
	}
	secret := make([]byte, totpBytes)
	_, _ = rand.Read(secret) // it never fails
	err = a.write(ctx, func(ctx context.Context, c *changes) error {
		err := c.one(ctx, "UPDATE users SET totp = $1, totp_step = 0 WHERE id = $2 AND totp_on = 0", secret, who.UserID)
		if errors.Is(err, ErrUnknown) {
			return wrong("there is a second factor: switch it off first")
		}
		if err != nil {
			return err
		}
		return c.note(ctx, by, "user.totp", who.Name, map[string]any{"state": "begun"})
	})
	if err != nil {
		return t, err
	}
	t.Secret = base32Of(secret)
	label := url.PathEscape("Sasumata:" + who.Name)
	t.URI = "otpauth://totp/" + label + "?" + url.Values{"secret": {t.Secret}, "issuer": {"Sasumata"}}.Encode()
	return t, nil
}

// ConfirmTOTP switches the second factor on, and returns recovery codes, each for once.
// All other sessions of the user end.
func (a *Accounts) ConfirmTOTP(ctx context.Context, who Who, by Actor, text string) (codes []string, err error) {
	try, err := a.throttle.begin(a.opts.Now(), by.From, accountKey(who.UserID))
	if err != nil {
		a.Throttled.Add(1)
		return nil, err
	}
	err = a.write(ctx, func(ctx context.Context, c *changes) error {
		codes = nil
		var secret []byte
		err := c.QueryRowContext(ctx, "SELECT totp FROM users WHERE id = $1 AND totp_on = 0 AND totp IS NOT NULL", who.UserID).Scan(&secret)
		if errors.Is(err, sql.ErrNoRows) {
			return wrong("no second factor was begun")
		}
		if err != nil {
			return err
		}
		at := step(secret, c.now, typed(text))
		if at == 0 {
			return wrong("the code is wrong: is the clock of the authenticator right?")
		}
		if err := c.one(ctx, "UPDATE users SET totp_on = 1, totp_step = $1 WHERE id = $2", at, who.UserID); err != nil {
			return err
		}
		if codes, err = c.recoveryCodes(ctx, who.UserID); err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, "DELETE FROM sessions WHERE user_id = $1 AND id <> $2", who.UserID, who.Session); err != nil {
			return err
		}
		return c.note(ctx, by, "user.totp", who.Name, map[string]any{"state": "on"})
	})
	if err != nil {
		if _, ok := errors.AsType[*WrongError](err); ok {
			a.lock(ctx, try)
		} else {
			a.throttle.left(try)
		}
		return nil, err
	}
	if a.throttle.succeeded(try) {
		a.unlock(ctx, accountKey(who.UserID))
	}
	return codes, nil
}

// recoveryCodes makes recovery codes in place of those there are.
func (c *changes) recoveryCodes(ctx context.Context, id string) (codes []string, err error) {
	if _, err := c.ExecContext(ctx, "DELETE FROM recovery_codes WHERE user_id = $1", id); err != nil {
		return nil, err
	}
	for range recoveryCodes {
		random := make([]byte, recoveryBytes)
		_, _ = rand.Read(random) // it never fails
		text := base32Of(random)
		if _, err := c.ExecContext(ctx, "INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)", id, hashOf(text)); err != nil {
			return nil, err
		}
		codes = append(codes, strings.ToLower(text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:]))
	}
	return codes, nil
}

// NewRecoveryCodes makes recovery codes for a user who has a second factor, in place of
// those there are.
func (a *Accounts) NewRecoveryCodes(ctx context.Context, who Who, by Actor, password string) (codes []string, err error) {
	if err := a.prove(ctx, who, by, password); err != nil {
		return nil, err
	}
	err = a.write(ctx, func(ctx context.Context, c *changes) (err error) {
		u, err := scanUser(c.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users WHERE id = $1", who.UserID))
		if err != nil {
			return err
		}
		if !u.TOTP && u.Passkeys == 0 {
			return wrong("there is no second factor: recovery codes come with the first one")
		}
		if codes, err = c.recoveryCodes(ctx, who.UserID); err != nil {
			return err
		}
		return c.note(ctx, by, "user.recovery", who.Name, map[string]any{"codes": len(codes)})
	})
	return codes, err
}

// forgetCodes removes the recovery codes of a user who has no second factor any more.
func (c *changes) forgetCodes(ctx context.Context, id string) error {
	_, err := c.ExecContext(ctx, `DELETE FROM recovery_codes WHERE user_id = $1
		AND NOT EXISTS (SELECT 1 FROM users WHERE id = $1 AND totp_on = 1) AND NOT EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1)`, id)
	return err
}

// DropTOTP switches the second factor off.
func (a *Accounts) DropTOTP(ctx context.Context, who Who, by Actor, password string) error {
	if err := a.prove(ctx, who, by, password); err != nil {
		return err
	}
	return a.write(ctx, func(ctx context.Context, c *changes) error {
		if err := c.dropTOTP(ctx, who.UserID); err != nil {
			return err
		}
		return c.note(ctx, by, "user.totp", who.Name, map[string]any{"state": "off"})
	})
}

func (c *changes) dropTOTP(ctx context.Context, id string) error {
	if err := c.one(ctx, "UPDATE users SET totp = NULL, totp_on = 0, totp_step = 0 WHERE id = $1", id); err != nil {
		return err
	}
	return c.forgetCodes(ctx, id)
}

// useCode uses up a code of the second factor, or a recovery code; errReplayed when it is
// neither. A code is taken once, also by two at the same time: whoever writes is alone.
func (c *changes) useCode(ctx context.Context, id, text string) error {
	text = typed(text)
	var secret []byte
	var on int64
	if err := c.QueryRowContext(ctx, "SELECT totp, totp_on FROM users WHERE id = $1", id).Scan(&secret, &on); err != nil {
		return err
	}
	at := int64(0)
	if on != 0 && len(secret) > 0 { // anybody knows the codes of no secret
		at = step(secret, c.now, text)
	}
	var err error
	if at > 0 {
		err = c.one(ctx, "UPDATE users SET totp_step = $1 WHERE id = $2 AND totp_step < $1", at, id)
	} else {
		err = c.one(ctx, "DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2", id, hashOf(text))
	}
	if errors.Is(err, ErrUnknown) {
		return errReplayed
	}
	return err
}
