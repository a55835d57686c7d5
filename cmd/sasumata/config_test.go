package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// uncommented takes the # away from all keys of a sample.
func uncommented(sample string) string {
	return regexp.MustCompile(`(?m)^( *)#([^# ])`).ReplaceAllString(sample, "$1$2")
}

// settled writes the sample with all keys, and the files that it names, below a folder.
func settled(t *testing.T, sample string) string {
	t.Helper()
	dir := t.TempDir()
	text := strings.ReplaceAll(uncommented(sample), "/etc/sasumata", dir)
	text = strings.ReplaceAll(text, "/var/lib/sasumata", filepath.Join(dir, "lib"))
	put := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	certificate, key := selfSigned(t)
	for _, path := range regexp.MustCompile(regexp.QuoteMeta(dir)+`/[a-z0-9.-]+`).FindAllString(text, -1) {
		switch filepath.Ext(path) {
		case ".crt":
			put(path, certificate)
		case ".key":
			put(path, key)
		case ".url":
			put(path, "https://hooks.example.com/something-secret")
		case ".dsn":
			put(path, "postgres://sasumata:secret@127.0.0.1/sasumata")
		case "":
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
		default:
			put(path, "a-secret-of-"+filepath.Base(path)+"-that-is-long")
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "lib-threats"), 0o700); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "sasumata.yaml")
	put(name, text)
	return name
}

func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

// TestTheSampleIsRight checks the sample as it is, and with every key.
func TestTheSampleIsRight(t *testing.T) {
	sample := sasumata(t, "", "config", "sample").out
	for _, name := range []string{file(t, "sample.yaml", sample), settled(t, sample)} {
		r := sasumata(t, "", "serve", "--check", "--config", name)
		if r.code != exitClean || !strings.HasPrefix(r.out, "the configuration is right") {
			t.Errorf("exit code %d: %s%s", r.code, r.out, r.err)
		}
	}
	if n := strings.Count(sample, "#"); n < 400 {
		t.Errorf("the sample has %d comments and keys", n)
	}
}

// TestTheSchemaTakesTheSample compares the schema with all keys, and with one that is
// misspelt.
func TestTheSchemaTakesTheSample(t *testing.T) {
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(sasumata(t, "", "config", "schema").out))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	sample := uncommented(sasumata(t, "", "config", "sample").out)
	f := func(text string, fits bool) {
		t.Helper()
		var read any
		if err := yaml.Unmarshal([]byte(text), &read); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(read)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); (err == nil) != fits {
			t.Errorf("%v", err)
		}
	}
	f(sample, true)
	f(strings.Replace(sample, "listen:", "lisen:", 1), false)
}
