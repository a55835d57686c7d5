package workload

import "strings"

// newImage takes the reference of an image apart.
func newImage(reference string) Image {
	i := Image{Reference: reference, Open: variable.MatchString(reference)}
	rest := reference
	if name, digest, ok := strings.Cut(rest, "@"); ok {
		rest, i.Digest = name, digest
	}
	i.Name = rest
	// A colon before the last slash is the port of a registry. One within ${VAR:-x} is none.
	if at := strings.LastIndexByte(rest, ':'); at > strings.LastIndexByte(rest, '/') && !strings.HasSuffix(rest, "}") {
		i.Name, i.Tag = rest[:at], rest[at+1:]
	} else if at := strings.Index(rest, ":${"); at > 0 {
		i.Name, i.Tag = rest[:at], rest[at+1:]
	}
	return i
}

// newUser judges whom a workload runs as. Names other than root are not root;
// a variable is not known; nothing leaves it to the image.
func newUser(text string) User {
	text = strings.TrimSpace(text)
	uid, _, _ := strings.Cut(text, ":")
	switch {
	case text == "" || variable.MatchString(uid):
		return User{Text: text, Root: "unknown"}
	case uid == "root" || uid != "" && strings.Trim(uid, "0") == "":
		return User{Text: text, Root: "yes"}
	case uid == "":
		return User{Text: text, Root: "unknown"}
	default:
		return User{Text: text, Root: "no"}
	}
}

// profiles reads the list of security options, whose parts are divided by : or =.
func (w *Workload) profiles(options []string) {
	for _, option := range options {
		key, value, _ := strings.Cut(option, ":")
		if k, v, ok := strings.Cut(option, "="); ok && len(k) < len(key) {
			key, value = k, v
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "no-new-privileges":
			w.NoNewPrivileges = value == "" || asBool(value)
		case "seccomp":
			w.Seccomp = value
		case "apparmor":
			w.AppArmor = value
		case "label":
			if w.SELinux = value; value == "disable" {
				w.SELinux = "unconfined"
			}
		case "systempaths":
			// The masks over /proc and /sys are gone: as serious as no seccomp.
			if value == "unconfined" {
				w.SELinux = "unconfined"
			}
		}
	}
}

// namespace brings a namespace mode to the form of Namespaces.
func namespace(mode string) string {
	switch mode {
	case "private", "shareable", "none", "default":
		return ""
	default:
		return mode
	}
}

// restart reads a policy as "on-failure:5".
func newRestart(text string) Restart {
	policy, n, _ := strings.Cut(strings.TrimSpace(text), ":")
	attempts, _ := asInt(n)
	return Restart{Policy: policy, Attempts: max(attempts, 0)}
}

// newLogging judges a driver and its options. The engine's files grow without end
// unless they are told not to; "local" rotates by itself.
func newLogging(driver string, options map[string]any) Logging {
	l := Logging{Driver: strings.ToLower(driver), Rotates: "unknown"}
	switch {
	case l.Driver == "none":
		l.Rotates = "no"
	case asText(options["max-size"]) != "":
		l.Rotates = "yes"
	case l.Driver == "json-file":
		l.Rotates = "no"
	case l.Driver != "":
		l.Rotates = "yes"
	}
	return l
}

// newDevice judges a device of the host.
func newDevice(source, target string, line int) Device {
	if target == "" {
		target = source
	}
	return Device{Source: source, Target: target, Dangerous: dangerousDevice(source), Line: line}
}

// mountOptions reads the options of a mount: of a bind ("ro,z"), and of a tmpfs.
func (m *Mount) mountOptions(list []string) {
	for _, option := range list {
		option = strings.TrimSpace(option)
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "ro", "readonly":
			m.ReadOnly = value == "" || asBool(value)
		case "rw":
			m.ReadOnly = false
		case "shared", "rshared", "slave", "rslave", "private", "rprivate":
			m.Propagation = key
		case "size", "tmpfs-size":
			m.Size = limit(value)
		}
		if option != "" {
			m.Options = append(m.Options, key)
		}
	}
}

// newMount makes a mount, deciding what it is when nobody said.
func newMount(kind, source, target string, line int) Mount {
	if kind == "" {
		kind = "volume"
		if strings.HasPrefix(source, "/") || strings.HasPrefix(source, ".") || strings.HasPrefix(source, "~") || strings.HasPrefix(source, "$") {
			kind = "bind"
		}
	}
	m := Mount{Type: kind, Source: source, Target: target, Options: []string{}, Line: line}
	if kind == "bind" {
		m.Class = Classify(source)
	}
	return m
}

// volume reads the short syntax SOURCE:TARGET[:OPTIONS], which compose, docker run
// and docker inspect share.
func volume(text string, line int) Mount {
	parts := splitColons(text)
	if len(parts) > 1 && len(parts[0]) == 1 && strings.HasPrefix(parts[1], `\`) {
		parts = append([]string{parts[0] + ":" + parts[1]}, parts[2:]...) // C:\folder
	}
	switch len(parts) {
	case 1:
		return newMount("volume", "", parts[0], line)
	default:
		m := newMount("", parts[0], parts[1], line)
		for _, options := range parts[2:] {
			m.mountOptions(strings.Split(options, ","))
		}
		return m
	}
}

// splitColons splits at colons that stand outside of ${}.
func splitColons(text string) []string {
	var parts []string
	depth, start := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case '}':
			depth--
		case ':':
			if depth <= 0 {
				parts = append(parts, text[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, text[start:])
}

// tmpfs reads TARGET[:OPTIONS].
func tmpfs(text string, line int) Mount {
	target, options, _ := strings.Cut(text, ":")
	m := newMount("tmpfs", "", target, line)
	m.mountOptions(strings.Split(options, ","))
	return m
}
