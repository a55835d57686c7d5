// Package blocklist reads lists of addresses to block: of people, of CrowdSec and of
// fail2ban.
package blocklist

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/respond"
)

// MaxSize is the size in bytes of the largest list that is read.
const MaxSize = 32 << 20

// maxFaults is how many faults of a list are told.
const maxFaults = 20

// Parse reads a list. It may be
//   - one address or network a line, behind which may stand for how long (4h) or until when
//     (2026-01-16T12:00:00Z) and why; what is behind # is a comment;
//   - JSON of CrowdSec: what `cscli decisions list -o json` writes, decisions, or an answer
//     of its API; only bans of addresses and networks are taken;
//   - what `fail2ban-client banned`, `fail2ban-client status JAIL` or `fail2ban-client get
//     JAIL banip --with-time` writes; its times are those of loc.
//
// Now is when what a list says of the time from now on begins. An error names all faults, up
// to 20, with their lines. Left are entries that are about other things than addresses.
func Parse(data []byte, now time.Time, loc *time.Location) (list []respond.Entry, left int, err error) {
	if len(data) > MaxSize {
		return nil, 0, fmt.Errorf("the list has more than %d MiB", MaxSize>>20)
	}
	text := bytes.TrimSpace(data)
	switch {
	case bytes.HasPrefix(text, []byte("[{'")) || string(text) == "[]":
		return banned(string(text))
	case bytes.HasPrefix(text, []byte("[")) || bytes.HasPrefix(text, []byte("{")) || string(text) == "null":
		return crowdsec(text, now)
	case bytes.Contains(text, []byte("Banned IP list:")):
		return status(string(text))
	}
	return lines(data, now, loc)
}

// lines reads one entry a line.
func lines(data []byte, now time.Time, loc *time.Location) (list []respond.Entry, left int, err error) {
	var faults []error
	scan := bufio.NewScanner(bytes.NewReader(data))
	scan.Buffer(nil, 64<<10)
	n := 0
	for scan.Scan() {
		n++
		text, _, _ := strings.Cut(scan.Text(), "#")
		if n == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		e, err := line(fields, now, loc)
		if err != nil {
			if faults = append(faults, fmt.Errorf("line %d: %w", n, err)); len(faults) >= maxFaults {
				break
			}
			continue
		}
		if list = append(list, e); len(list) > respond.MaxImport {
			return nil, 0, tooLong()
		}
	}
	if err := scan.Err(); err != nil {
		faults = append(faults, fmt.Errorf("line %d: %w", n+1, err))
	}
	return list, 0, errors.Join(faults...)
}

func tooLong() error { return fmt.Errorf("the list has more than %d entries", respond.MaxImport) }

// line reads the fields of a line.
func line(fields []string, now time.Time, loc *time.Location) (e respond.Entry, err error) {
	e.Target = fields[0]
	if _, err := respond.ParseNetwork(e.Target); err != nil {
		return e, fmt.Errorf("%.60q is no address or network", e.Target)
	}
	rest := fields[1:]
	// 1.2.3.4 2026-01-16 12:00:00 + 600 = 2026-01-16 12:10:00, as fail2ban says it
	if len(rest) == 7 && rest[2] == "+" && rest[4] == "=" {
		until, err := time.ParseInLocation("2006-01-02 15:04:05", rest[5]+" "+rest[6], loc)
		if err != nil {
			return e, fmt.Errorf("%.40q is no time", rest[5]+" "+rest[6])
		}
		e.Until = &until
		return e, nil
	}
	if len(rest) > 0 {
		until, err := time.Parse(time.RFC3339, rest[0])
		if d, ok := document.ParseDuration(rest[0]); ok && d > 0 && err != nil {
			until, err = now.Add(d), nil
		}
		if err == nil {
			e.Until = &until
			rest = rest[1:]
		}
	}
	e.Reason = strings.Join(rest, " ")
	return e, nil
}

// banned reads [{'sshd': ['192.0.2.1', '192.0.2.2']}], as fail2ban-client banned says it.
func banned(text string) (list []respond.Entry, left int, err error) {
	reason := ""
	for text != "" {
		i := strings.IndexByte(text, '\'')
		if i < 0 {
			break
		}
		word, rest, ok := strings.Cut(text[i+1:], "'")
		if !ok {
			return nil, 0, errors.New("the list of fail2ban breaks off")
		}
		text = rest
		if strings.HasPrefix(text, ":") {
			reason = "fail2ban " + word
			continue
		}
		if _, err := respond.ParseNetwork(word); err != nil {
			return nil, 0, fmt.Errorf("%.60q is no address or network", word)
		}
		if list = append(list, respond.Entry{Target: word, Reason: reason}); len(list) > respond.MaxImport {
			return nil, 0, tooLong()
		}
	}
	return list, 0, nil
}

// status reads what fail2ban-client status says of a jail.
func status(text string) (list []respond.Entry, left int, err error) {
	reason := ""
	if _, after, ok := strings.Cut(text, "Status for the jail:"); ok {
		jail, _, _ := strings.Cut(after, "\n")
		reason = "fail2ban " + strings.TrimSpace(jail)
	}
	_, after, _ := strings.Cut(text, "Banned IP list:")
	for word := range strings.FieldsSeq(after) {
		if _, err := respond.ParseNetwork(word); err != nil {
			return nil, 0, fmt.Errorf("%.60q is no address or network", word)
		}
		if list = append(list, respond.Entry{Target: word, Reason: reason}); len(list) > respond.MaxImport {
			return nil, 0, tooLong()
		}
	}
	return list, 0, nil
}
