package read

import (
	"bytes"
	"testing"

	"github.com/sasumata/sasumata/internal/scan"
	"github.com/sasumata/sasumata/internal/scan/pull"
)

// FuzzRead reads anything as a report, and merges what comes out.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		`{"SchemaVersion":2,"ArtifactName":"a","Results":[{"Target":"t","Vulnerabilities":[{"VulnerabilityID":"CVE-1-1","PkgName":"p"}]}]}`,
		"<bom><components><component><name>x</name></component></components></bom>",
		"SPDXVersion: SPDX-2.3\nPackageName: x\n", "# Lynis Report\nwarning[]=a|b|", "\xff\xfe[\x00]\x00",
		"<testsuites><testsuite><testcase name='[HIGH] CVE-1-1' classname='a-1'><failure/></testcase></testsuite></testsuites>",
		"<analysis><dependencies><dependency><vulnerabilities><vulnerability><name>x</name></vulnerability></vulnerabilities></dependency></dependencies></analysis>",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read("r", bytes.NewReader(data), "")
		if err == nil && r.Format == "" {
			t.Error("no format and no error")
		}
		merged(t, r)
	})
}

// FuzzEachReader hands a document to every reader of JSON in turn, also to those that
// it does not look like.
func FuzzEachReader(f *testing.F) {
	all := formats()
	for i := range all {
		f.Add(uint8(i), []byte(`{"results":[{"a":1,"b":[{}],"c":"x"}],"vulnerabilities":[{"id":"CVE-1-1","via":[{}]}],"matches":[{}],"runs":[{"results":[{"ruleId":"CVE-1"}]}]}`))
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		one := all[int(which)%len(all)]
		if one.read == nil {
			return
		}
		r := scan.NewReport("r", "")
		r.Format = one.name
		if err := one.read(&input{Decoder: pull.New(bytes.NewReader(data)), out: r}); err == nil {
			merged(t, r)
		}
	})
}

// merged checks what holds of every list.
func merged(t *testing.T, r *scan.Report) {
	t.Helper()
	list, err := scan.Merge([]*scan.Report{r})
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, f := range list {
		if f.Key == "" || keys[f.Key] || len(f.Sources) == 0 {
			t.Fatalf("a finding without a key of its own: %+v", f)
		}
		keys[f.Key] = true
	}
}
