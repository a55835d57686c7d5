package reputation

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// AbuseIPDB asks AbuseIPDB's API v2 (GET /api/v2/check).
type AbuseIPDB struct {
	key  Key
	base string
}

var _ Service = (*AbuseIPDB)(nil)

// NewAbuseIPDB returns the service. The base is for tests; "" is the real one.
func NewAbuseIPDB(key Key, base string) *AbuseIPDB {
	if base == "" {
		base = "https://api.abuseipdb.com"
	}
	return &AbuseIPDB{key: key, base: base}
}

// Name returns AbuseIPDB.
func (*AbuseIPDB) Name() string { return "AbuseIPDB" }

// Limits returns those of a free account: abuseipdb.com/pricing.
func (*AbuseIPDB) Limits() Limits { return Limits{PerDay: 1000} }

// reportedWithin is how many days back reports count.
const reportedWithin = "90"

// Request returns the question about an address.
func (s *AbuseIPDB) Request(ctx context.Context, a netip.Addr) (*http.Request, error) {
	question := url.Values{"ipAddress": {a.String()}, "maxAgeInDays": {reportedWithin}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/api/v2/check?"+question.Encode(), http.NoBody)
	if err == nil {
		req.Header.Set("Key", s.key.text)
		req.Header.Set("Accept", "application/json")
	}
	return req, err
}

// Verdict reads the answer.
func (*AbuseIPDB) Verdict(a netip.Addr, body []byte) (Verdict, error) {
	var answer struct {
		Data *struct {
			Score   int    `json:"abuseConfidenceScore"`
			Reports int    `json:"totalReports"`
			Users   int    `json:"numDistinctUsers"`
			Country string `json:"countryCode"`
			ISP     string `json:"isp"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return Verdict{}, err
	}
	if answer.Data == nil {
		return Verdict{}, errors.New("there is no data")
	}
	got := answer.Data
	return Verdict{
		Score: min(max(got.Score, 0), 100), Reports: counted(got.Reports), Reporters: counted(got.Users),
		Country: short(got.Country), Network: short(got.ISP), Link: "https://www.abuseipdb.com/check/" + a.String(),
	}, nil
}

// short cuts a text of a service: it goes into reports.
func short(text string) string { return strings.ToValidUTF8(text[:min(len(text), 200)], "") }
