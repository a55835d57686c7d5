package alert

import (
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"time"

	"github.com/sasumata/sasumata/internal/document"
)

// Receiver is one that an alertmanager.yml cannot describe. It has one or more of the ways.
type Receiver struct {
	document.Pos

	// Name is that under which routes name it.
	Name string `doc:"name,required"`
	// PerHour is how many notifications it gets within an hour, if not the number that
	// holds for all; 0 is no limit.
	PerHour *int `doc:"per_hour"`
	// Console is the terminal of the server.
	Console *Console `doc:"console"`
	// File takes JSON lines.
	File *File `doc:"file"`
	// Syslog takes RFC 5424.
	Syslog *Syslog `doc:"syslog"`
	// Exec is a program.
	Exec *Exec `doc:"exec"`
	// Webhook is an address that takes a request.
	Webhook *Webhook `doc:"webhook"`
	// Alertmanager is another one.
	Alertmanager *Alertmanager `doc:"alertmanager"`

	At map[string]document.Pos `doc:",positions"`
}

// delivery is one notification on its way to one receiver.
type delivery struct {
	message

	// Key is the same when the same notification is sent again after a failure.
	Key string
	// Severity is the worst of the notices, as a word.
	Severity string
	// Receiver is who gets it, Resolved says that all of it is over.
	Receiver string
	Resolved bool
	At       time.Time
	Notices  []told
}

// told is one notice of a delivery, as receivers of JSON get it.
type told struct {
	Labels map[string]string `json:"labels"`
	Texts  map[string]string `json:"annotations"`
	Began  time.Time         `json:"began"`
	Status string            `json:"status"`
}

// sender is a receiver. Retry says of an error that it may go away by itself; the context
// limits how long sending may take.
type sender interface {
	send(ctx context.Context, d *delivery) (retry bool, err error)
}

// body is a delivery as JSON.
func (d *delivery) body() ([]byte, error) {
	return json.Marshal(struct {
		Title    string    `json:"title"`
		Text     string    `json:"text"`
		Severity string    `json:"severity"`
		Receiver string    `json:"receiver"`
		Resolved bool      `json:"resolved,omitempty"`
		At       time.Time `json:"at"`
		Notices  []told    `json:"notices"`
	}{d.Title, d.Text, d.Severity, d.Receiver, d.Resolved, d.At, d.Notices})
}

// senders returns the ways of a receiver, each with its kind.
func (r *Receiver) senders(console io.Writer, color bool, hostname string) (found []sender, kinds []string) {
	add := func(kind string, s sender) { found, kinds = append(found, s), append(kinds, kind) }
	if r.Console != nil {
		add("console", &consoleSender{out: console, color: color})
	}
	if r.File != nil {
		add("file", &fileSender{path: r.File.Path})
	}
	if r.Syslog != nil {
		add("syslog", &syslogSender{Syslog: *r.Syslog, hostname: hostname})
	}
	if r.Exec != nil {
		add("exec", &execSender{*r.Exec})
	}
	if r.Webhook != nil {
		add("webhook_"+r.Webhook.Preset, newWebhookSender(r.Webhook))
	}
	if a := r.Alertmanager; a != nil {
		for _, address := range a.URLs {
			add("alertmanager", newAlertmanagerSender(a, address))
		}
	}
	return found, kinds
}

// receiver checks a receiver, and fills in what it does not say.
func (k *checker) receiver(r *Receiver) {
	ways := r.Console != nil || r.File != nil || r.Syslog != nil || r.Exec != nil || r.Webhook != nil || r.Alertmanager != nil
	k.Fault(!ways, map[string]document.Pos{"": r.Pos}, "", "receiver %q wants console, file, syslog, exec, webhook or alertmanager", r.Name)
	k.Fault(r.PerHour != nil && *r.PerHour < 0, r.At, "per_hour", "per_hour cannot be negative; 0 is no limit")
	if r.File != nil {
		k.Fault(!filepath.IsAbs(r.File.Path), r.File.At, "path", "path %q wants to begin with /: a server has no current folder", r.File.Path)
	}
	if r.Syslog != nil {
		k.syslog(r.Syslog)
	}
	if r.Exec != nil {
		k.exec(r.Exec)
	}
	if r.Webhook != nil {
		k.webhook(r.Webhook)
	}
	if r.Alertmanager != nil {
		k.alertmanager(r.Alertmanager)
	}
}
