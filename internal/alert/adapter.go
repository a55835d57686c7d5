package alert

import (
	"context"
	"log/slog"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/template"

	"github.com/sasumata/sasumata/internal/signal"
)

// adapter is one of our receivers, as the engine knows receivers.
type adapter struct {
	sender sender
	tmpl   *template.Template
	name   string
	log    *slog.Logger
}

var _ notify.Notifier = (*adapter)(nil)

// Notify implements notify.Notifier.
func (a *adapter) Notify(ctx context.Context, alerts ...*alert.Alert) (bool, error) {
	text, err := rendered(ctx, a.tmpl, alerts, a.log)
	if err != nil {
		return false, err
	}
	now, _ := notify.Now(ctx)
	d := delivery{message: text, Receiver: a.name, At: now, Resolved: true}
	group, _ := notify.GroupKey(ctx)
	parts := []string{a.name, group}
	worst := signal.Info
	for _, one := range alerts {
		n := told{Labels: map[string]string{}, Texts: map[string]string{}, Began: one.StartsAt, Status: string(one.Status())}
		for k, v := range one.Labels {
			n.Labels[string(k)] = string(v)
		}
		for k, v := range one.Annotations {
			n.Texts[string(k)] = string(v)
		}
		if s, ok := ParseSeverity(n.Labels[labelSeverity]); ok {
			worst = max(worst, s)
		}
		d.Resolved = d.Resolved && one.Resolved()
		d.Notices = append(d.Notices, n)
		parts = append(parts, one.Fingerprint().String(), one.StartsAt.String(), n.Texts[noteRepeats])
	}
	d.Severity, d.Key = worst.String(), deliveryKey(parts...)
	return a.sender.send(ctx, &d)
}

// rendered returns what our templates make of the alerts.
func rendered(ctx context.Context, t *template.Template, alerts []*alert.Alert, log *slog.Logger) (message, error) {
	return render(t, notify.GetTemplateData(ctx, t, alerts, log))
}
