package alert

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/secret"
)

// Alertmanager is one that runs elsewhere, or several that are one cluster: each is told,
// and says itself who hears of it.
type Alertmanager struct {
	// URLs are their addresses, such as http://alertmanager.example.com:9093.
	URLs []string `doc:"urls,required,single"`
	// TokenFile holds what they know us by: a bearer token, or the password of User.
	TokenFile string `doc:"token_file"`
	User      string `doc:"user"`
	// CAFile holds the certificates that theirs are checked against.
	CAFile string `doc:"ca_file"`
	// Timeout is for how long an answer is waited for.
	Timeout time.Duration `doc:"timeout"`

	At map[string]document.Pos `doc:",positions"`
}

// aliveThere is for how long a notice is alive in another Alertmanager: an alert that is
// over before it was told there is told to nobody.
const aliveThere = 15 * time.Minute

func (k *checker) alertmanager(a *Alertmanager) {
	if a.Timeout == 0 {
		a.Timeout = defaultWebhookTimeout
	}
	k.between(a.Timeout, 100*time.Millisecond, 5*time.Minute, a.At, "timeout")
	for _, text := range a.URLs {
		u, err := url.Parse(text)
		k.Fault(err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "", a.At, "urls", "url %q wants the form http://alertmanager.example.com:9093", text)
	}
	k.secretFile(a.TokenFile, a.At, "token_file")
	k.Fault(a.User != "" && a.TokenFile == "", a.At, "user", "user wants token_file with the password")
	k.Fault(a.CAFile != "" && !filepath.IsAbs(a.CAFile), a.At, "ca_file", "ca_file %q wants to begin with /: a server has no current folder", a.CAFile)
	if filepath.IsAbs(a.CAFile) {
		_, err := roots(a.CAFile)
		k.Fault(err != nil, a.At, "ca_file", "ca_file: %v", err)
	}
}

// roots reads certificates that others are checked against.
func roots(path string) (*x509.CertPool, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	return pool, nil
}

// alertmanagerSender tells one of them.
type alertmanagerSender struct {
	Alertmanager

	address string
	client  *http.Client
}

func newAlertmanagerSender(a *Alertmanager, base string) *alertmanagerSender {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: time.Minute}
	if a.CAFile != "" {
		if pool, err := roots(a.CAFile); err == nil { // it was checked; without it, none is trusted
			transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
		} else {
			transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
		}
	}
	return &alertmanagerSender{Alertmanager: *a, address: strings.TrimRight(base, "/") + "/api/v2/alerts", client: &http.Client{
		Timeout: a.Timeout, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (a *alertmanagerSender) send(ctx context.Context, d *delivery) (retry bool, err error) {
	type posted struct {
		Labels    map[string]string `json:"labels"`
		Texts     map[string]string `json:"annotations"`
		Begins    time.Time         `json:"startsAt"`
		Ends      time.Time         `json:"endsAt"`
		Generator string            `json:"generatorURL,omitempty"`
	}
	all := make([]posted, 0, len(d.Notices))
	for _, n := range d.Notices {
		texts := maps.Clone(n.Texts)
		delete(texts, noteBy)
		all = append(all, posted{n.Labels, texts, n.Began, d.At.Add(aliveThere), n.Texts[noteLink]})
	}
	body, err := json.Marshal(all)
	if err != nil {
		return false, err
	}
	head := http.Header{}
	token := ""
	if a.TokenFile != "" {
		if token, err = secret.Read(a.TokenFile); err != nil {
			return false, err
		}
	}
	if token != "" && a.User == "" {
		head.Set("Authorization", "Bearer "+token)
	}
	r, err := jsonRequest(ctx, http.MethodPost, a.address, head, json.RawMessage(body))
	if err != nil {
		return false, errors.Join(errors.New("post alerts"), err)
	}
	if a.User != "" {
		r.SetBasicAuth(a.User, token)
	}
	return post(a.client, r)
}
