package posture

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/scan"
)

// trivyHead is what stands at the beginning of a rule file of Trivy.
type trivyHead struct {
	file, text string
	root, name string // first and last part of the package, kubernetes between them
	avd, own   string // ids
	node       bool   // looks at what Trivy's collector says of a node, not at manifests
}

// trivyHeads reads the heads of all checks of Kubernetes.
func trivyHeads(fsys fs.FS) ([]trivyHead, error) {
	var out []trivyHead
	err := fs.WalkDir(fsys, "checks/kubernetes", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".rego") || strings.HasSuffix(file, "_test.rego") {
			return err
		}
		text, err := fs.ReadFile(fsys, file)
		if err != nil {
			return err
		}
		h := trivyHead{file: file, node: bytes.Contains(text, []byte(`"NodeInfo"`))}
		h.read(text)
		if h.name == "" || h.own == "" {
			return fmt.Errorf("%s: no id, or no package with kubernetes in the middle", file)
		}
		out = append(out, h)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the checks of Trivy: %w", err)
	}
	return out, nil
}

// read finds the ids and the package. It looks at lines alone: every run pays for it.
func (h *trivyHead) read(text []byte) {
	at := 0
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("package ")); ok {
			name := strings.Split(strings.TrimSpace(string(rest)), ".")
			if len(name) == 3 && name[1] == "kubernetes" {
				h.root, h.name = name[0], name[2]
			}
			break
		}
		at += len(line)
		comment, ok := bytes.CutPrefix(line, []byte("#"))
		if !ok {
			continue
		}
		comment = bytes.TrimSpace(comment)
		if id, ok := bytes.CutPrefix(comment, []byte("id:")); ok {
			h.own = string(bytes.TrimSpace(id))
		} else if id, ok := bytes.CutPrefix(comment, []byte("avd_id:")); ok {
			h.avd = string(bytes.TrimSpace(id))
		}
	}
	h.text = string(text[:at])
}

// TrivyID returns an id of a check of Trivy for Kubernetes in its shortest form:
// KSV012 for AVD-KSV-0012, KSV-0012 and KSV0012. Other ids stay as they are.
func TrivyID(id string) string {
	short := strings.TrimPrefix(strings.ToUpper(id), "AVD-")
	for _, kind := range []string{"KSV", "KCV"} {
		number, ok := strings.CutPrefix(short, kind)
		number = strings.TrimPrefix(number, "-")
		if ok && number != "" && strings.Trim(number, "0123456789") == "" {
			number = strings.TrimLeft(number, "0")
			return kind + strings.Repeat("0", max(3-len(number), 0)) + number
		}
	}
	return id
}

// id is how the check is called here: in the shortest form, KCV with four digits, as
// its own is.
func (h *trivyHead) id() string {
	id := TrivyID(h.own)
	if number, ok := strings.CutPrefix(id, "KCV"); ok {
		return "KCV" + strings.Repeat("0", max(4-len(number), 0)) + number
	}
	return id
}

// ids are both of its ids in the shortest form.
func (h *trivyHead) ids() []string { return []string{TrivyID(h.own), TrivyID(h.avd)} }

// trivyMetadata is the METADATA of a rule file of Trivy.
type trivyMetadata struct {
	Title   string   `doc:"title,required"`
	Why     string   `doc:"description"`
	Related []string `doc:"related_resources"`
	Custom  struct {
		Severity string         `doc:"severity,required"`
		Fix      string         `doc:"recommended_action,alias=recommended_actions"`
		Rest     map[string]any `doc:",extra"`
	} `doc:"custom,required"`
	Rest map[string]any `doc:",extra"`
}

// check makes a check of the head. Texts that nobody has translated stay English.
func (h *trivyHead) check() (*Check, error) {
	var text strings.Builder
	_, head, ok := strings.Cut(h.text, "# METADATA\n")
	if !ok {
		return nil, fmt.Errorf("%s: no METADATA", h.file)
	}
	for line := range strings.Lines(head) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		text.WriteString(strings.TrimPrefix(comment, " "))
	}
	var m trivyMetadata
	err := document.Decode(h.file, []byte(text.String()), &m, document.Options{AllowUnknown: true})
	severity := scan.ParseSeverity(m.Custom.Severity)
	if err == nil && severity == scan.Unknown {
		err = errors.New("severity " + m.Custom.Severity)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: METADATA: %w", h.file, err)
	}
	ja := trivyJapanese(h.id())
	both := func(english, japanese string) Text {
		english = strings.Join(strings.Fields(english), " ")
		if japanese == "" {
			japanese = english
		}
		return Text{english, japanese}
	}
	c := &Check{
		ID: h.id(), Target: Objects.Target(), Severity: severity, File: h.file, Source: "trivy-checks " + TrivyVersion,
		Title: both(m.Title, ja.title), Why: both(m.Why, ja.why), Fix: both(m.Custom.Fix, ja.fix),
	}
	for _, id := range []string{h.avd, h.own} {
		if id != "" && id != c.ID && (len(c.Aliases) == 0 || c.Aliases[0] != id) {
			c.Aliases = append(c.Aliases, id)
		}
	}
	// Where Trivy itself sends those who want to know more.
	c.Links = append([]string{"https://avd.aquasec.com/misconfig/" + strings.ToLower(h.own)}, m.Related...)
	return c, nil
}

// off says why a check is not evaluated beside ours unless somebody names it.
func (h *trivyHead) off() Text {
	switch {
	case h.node:
		return Text{
			"it looks at what Trivy's node collector writes (NodeInfo), not at manifests",
			"マニフェストではなく、Trivy のノードコレクターの出力 (NodeInfo) を調べる検査のため",
		}
	case h.id() == "KCV0003":
		return Text{
			"since edition 1.7 the CIS Benchmark wants DenyServiceExternalIPs to be set: it keeps away what KSV108 warns of",
			"CIS Benchmark は 1.7 版以降、逆に DenyServiceExternalIPs の設定を求めているため (KSV108 が警告する問題を防ぐ設定です)",
		}
	case h.id() == "KSV032", h.id() == "KSV033", h.id() == "KSV034", h.id() == "KSV035":
		return Text{
			"the four checks of registries contradict each other: name the one that fits your registry",
			"レジストリーに関する 4 つの検査は互いに矛盾するため。利用中のレジストリーに合うものを指定してください",
		}
	default:
		return Text{}
	}
}
