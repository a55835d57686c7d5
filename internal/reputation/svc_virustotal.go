package reputation

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
)

// VirusTotal asks VirusTotal's API v3 (GET /api/v3/ip_addresses/ADDRESS).
type VirusTotal struct {
	key  Key
	base string
}

var _ Service = (*VirusTotal)(nil)

// NewVirusTotal returns the service. The base is for tests; "" is the real one.
func NewVirusTotal(key Key, base string) *VirusTotal {
	if base == "" {
		base = "https://www.virustotal.com"
	}
	return &VirusTotal{key: key, base: base}
}

// Name returns VirusTotal.
func (*VirusTotal) Name() string { return "VirusTotal" }

// Limits returns those of the public API: docs.virustotal.com, Public vs Premium.
func (*VirusTotal) Limits() Limits { return Limits{PerMinute: 4, PerDay: 500} }

// Request returns the question about an address.
func (s *VirusTotal) Request(ctx context.Context, a netip.Addr) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/api/v3/ip_addresses/"+a.String(), http.NoBody)
	if err == nil {
		req.Header.Set("x-apikey", s.key.text)
		req.Header.Set("Accept", "application/json")
	}
	return req, err
}

// Verdict reads the answer.
func (*VirusTotal) Verdict(a netip.Addr, body []byte) (Verdict, error) {
	var answer struct {
		Data *struct {
			Attributes struct {
				Stats   map[string]int `json:"last_analysis_stats"`
				Country string         `json:"country"`
				Owner   string         `json:"as_owner"`
			} `json:"attributes"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return Verdict{}, err
	}
	if answer.Data == nil {
		return Verdict{}, errors.New("there is no data")
	}
	got := &answer.Data.Attributes
	v := Verdict{
		Malicious: counted(got.Stats["malicious"]), Suspicious: counted(got.Stats["suspicious"]),
		Country: short(got.Country), Network: short(got.Owner), Link: "https://www.virustotal.com/gui/ip-address/" + a.String(),
	}
	for name, n := range got.Stats {
		if name != "timeout" {
			v.Engines += counted(n)
		}
	}
	if v.Unknown = v.Engines == 0; !v.Unknown {
		v.Score = 100 * min(v.Malicious+v.Suspicious, v.Engines) / v.Engines
	}
	return v, nil
}

// counted bounds a number that a service tells, so that adding up stays right.
func counted(n int) int { return min(max(n, 0), 1_000_000) }
