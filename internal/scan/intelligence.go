package scan

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// EPSS is what the Exploit Prediction Scoring System says.
type EPSS struct {
	// Score is the probability of exploitation within 30 days, 0 to 1.
	Score float64 `json:"score"`
	// Percentile is the share of vulnerabilities with a lower score, 0 to 1.
	Percentile float64 `json:"percentile,omitempty"`
	// Date is the day of the score.
	Date string `json:"date,omitempty"`
}

// KEV is an entry in the catalogue of known exploited vulnerabilities.
type KEV struct {
	// Added is the day on which it came into the catalogue, Due that until which US
	// agencies have to act.
	Added string `json:"added,omitempty"`
	Due   string `json:"due,omitempty"`
	// Ransomware says that campaigns of ransomware are known to use it.
	Ransomware bool `json:"ransomware,omitempty"`
}

// maxIntelligence is the size of the largest file about vulnerabilities, unpacked.
// That of EPSS has 10 MB, that of CISA 2.
const maxIntelligence = 256 << 20

// unpack takes off gzip if the first bytes say so, and bounds what comes.
func unpack(r io.Reader) (*bufio.Reader, error) {
	text := bufio.NewReader(r)
	if mark, _ := text.Peek(2); string(mark) == "\x1f\x8b" {
		plain, err := gzip.NewReader(text)
		if err != nil {
			return nil, err
		}
		return bufio.NewReader(io.LimitReader(plain, maxIntelligence)), nil
	}
	return bufio.NewReader(io.LimitReader(text, maxIntelligence)), nil
}

// cves returns the findings with an id of CVE.
func cves(list []*Finding) map[string][]*Finding {
	out := map[string][]*Finding{}
	for _, f := range list {
		for _, id := range append([]string{f.ID}, f.Aliases...) {
			if id = CanonicalID(id); isCVE(id) {
				out[id] = append(out[id], f)
			}
		}
	}
	return out
}

// AddEPSS gives findings the scores of a file of EPSS: CSV with cve, epss and
// percentile, as FIRST publishes it, packed or not. It returns how many have one.
func AddEPSS(list []*Finding, r io.Reader) (found int, err error) {
	text, err := unpack(r)
	if err != nil {
		return 0, err
	}
	wanted := cves(list)
	lines := bufio.NewScanner(text)
	date, rows := "", 0
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			if _, after, ok := strings.Cut(line, "score_date:"); ok {
				date, _, _ = strings.Cut(Clip(after, 40), "T")
			}
			continue
		}
		id, rest, ok := strings.Cut(line, ",")
		if !ok || strings.EqualFold(id, "cve") || line == "" {
			continue
		}
		scoreText, percentileText, _ := strings.Cut(rest, ",")
		score, err := strconv.ParseFloat(scoreText, 64)
		if err != nil || !(score >= 0 && score <= 1) {
			return found, fmt.Errorf("line %d: %.60q, want CVE,score,percentile", n, line)
		}
		rows++
		percentile, _ := strconv.ParseFloat(percentileText, 64)
		for _, f := range wanted[CanonicalID(id)] {
			f.EPSS = &EPSS{Score: score, Percentile: min(max(percentile, 0), 1), Date: date}
			found++
		}
	}
	if err := lines.Err(); err != nil {
		return found, err
	}
	if rows == 0 {
		return 0, errors.New("no scores in it, want lines of CVE,score,percentile")
	}
	return found, nil
}

// AddKEV marks the findings in a catalogue of known exploited vulnerabilities, in the
// JSON of CISA, packed or not. It returns how many there are.
func AddKEV(list []*Finding, r io.Reader) (found int, err error) {
	text, err := unpack(r)
	if err != nil {
		return 0, err
	}
	var catalogue struct {
		Vulnerabilities []struct {
			ID         string `json:"cveID"`
			Added      string `json:"dateAdded"`
			Due        string `json:"dueDate"`
			Ransomware string `json:"knownRansomwareCampaignUse"`
		} `json:"vulnerabilities"`
	}
	d := json.NewDecoder(text)
	if err := d.Decode(&catalogue); err != nil {
		return 0, fmt.Errorf("at byte %d: %w", d.InputOffset(), err)
	}
	if len(catalogue.Vulnerabilities) == 0 {
		return 0, errors.New("no vulnerabilities in it, want the catalogue of CISA as JSON")
	}
	wanted := cves(list)
	for _, v := range catalogue.Vulnerabilities {
		for _, f := range wanted[CanonicalID(v.ID)] {
			f.KEV = &KEV{Added: Clip(v.Added, 40), Due: Clip(v.Due, 40), Ransomware: strings.EqualFold(v.Ransomware, "known")}
			found++
		}
	}
	return found, nil
}
