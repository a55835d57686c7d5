//go:build unix

// Package browsertest lets tests use a real browser: Chromium, over the pipe of its
// DevTools protocol.
package browsertest

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long something may take on a busy machine.
const patience = 30 * time.Second

// Browser is one page of a Chromium of its own.
type Browser struct {
	tb      testing.TB
	to      *os.File
	session string

	mu      sync.Mutex
	last    int
	waiting map[int]chan said
}

// said is an answer of the browser.
type said struct {
	ID     int
	Result json.RawMessage
	Error  *struct{ Message string }
}

// Start starts a browser that ends with the test. It skips the test when there is none:
// SASUMATA_CHROMIUM names one that is not called chromium.
func Start(tb testing.TB) *Browser {
	tb.Helper()
	name := os.Getenv("SASUMATA_CHROMIUM")
	if name == "" {
		name = "chromium"
	}
	program, err := exec.LookPath(name)
	if err != nil {
		tb.Skipf("NOT TESTED in a browser: %v (apt-get install chromium, or set SASUMATA_CHROMIUM)", err)
	}
	hears, to, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	from, says, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(tb.Context(), program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", //nolint:gosec // whoever tests names it
		"--no-first-run", "--user-data-dir="+tb.TempDir(), "--remote-debugging-pipe", "--lang=en", "about:blank")
	cmd.ExtraFiles = []*os.File{hears, says}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	b := &Browser{tb: tb, to: to, waiting: map[int]chan said{}}
	var reading sync.WaitGroup
	reading.Go(func() { b.read(from) })
	tb.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it has nothing to keep
		_ = cmd.Wait()
		for _, f := range []*os.File{to, hears, says} {
			_ = f.Close()
		}
		reading.Wait()
		_ = from.Close()
	})
	_ = errors.Join(hears.Close(), says.Close()) // the browser has them
	var target struct{ TargetID string }
	b.Do("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.Do("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	b.Do("Page.enable", nil, nil)
	return b
}

// read hands answers to those who wait for them, until the browser ends.
func (b *Browser) read(from *os.File) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 64<<20)
	lines.Split(func(data []byte, _ bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, 0); i >= 0 {
			return i + 1, data[:i], nil
		}
		return 0, nil, nil
	})
	for lines.Scan() {
		var one said
		if json.Unmarshal(lines.Bytes(), &one) != nil || one.ID == 0 {
			continue // an event
		}
		b.mu.Lock()
		if to, ok := b.waiting[one.ID]; ok {
			to <- one
		}
		b.mu.Unlock()
	}
}

func (b *Browser) do(method string, params, into any) error {
	if params == nil {
		params = map[string]any{}
	}
	b.mu.Lock()
	b.last++
	id := b.last
	answer := make(chan said, 1)
	b.waiting[id] = answer
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.waiting, id)
	}()
	message := map[string]any{"id": id, "method": method, "params": params}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		return err
	}
	select {
	case one := <-answer:
		if one.Error != nil {
			return errors.New(one.Error.Message)
		}
		if into == nil {
			return nil
		}
		return json.Unmarshal(one.Result, into)
	case <-time.After(patience):
		return fmt.Errorf("no answer within %s", patience)
	}
}

// Do asks for something that DevTools have, and reads the result.
func (b *Browser) Do(method string, params, into any) {
	b.tb.Helper()
	if err := b.do(method, params, into); err != nil {
		b.tb.Fatalf("%s: %v", method, err)
	}
}

// eval runs a script and returns what it is as a text.
func (b *Browser) eval(script string) (string, error) {
	var out struct {
		Result    struct{ Value any }
		Exception *struct{ Text string } `json:"exceptionDetails"`
	}
	if err := b.do("Runtime.evaluate", map[string]any{"expression": script, "returnByValue": true, "awaitPromise": true, "userGesture": true}, &out); err != nil {
		return "", err
	}
	if out.Exception != nil {
		return "", errors.New(out.Exception.Text)
	}
	return fmt.Sprint(out.Result.Value), nil
}

// Eval runs a script on the page and returns what it is as a text.
func (b *Browser) Eval(script string) string {
	b.tb.Helper()
	text, err := b.eval(script)
	if err != nil {
		b.tb.Fatalf("%s: %v", script, err)
	}
	return text
}

// Until waits until a script is true; pages may come and go meanwhile.
func (b *Browser) Until(script string) {
	b.tb.Helper()
	text, err := "", error(nil)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) { //nolint:forbidigo // a test waits
		if text, err = b.eval(script); err == nil && text == "true" {
			return
		}
	}
	page, _ := b.eval("location.href + '\\n' + document.body.innerText")
	b.tb.Fatalf("%s is %s, error %v, on\n%s", script, text, err, page)
}

// Open goes to an address and waits for the page.
func (b *Browser) Open(address string) {
	b.tb.Helper()
	b.Do("Page.navigate", map[string]any{"url": address}, nil)
	b.Until("document.readyState === 'complete' && location.href !== 'about:blank'")
}

// Fill types into a field as a person does.
func (b *Browser) Fill(selector, text string) {
	b.tb.Helper()
	b.Until(fmt.Sprintf("(() => { const e = document.querySelector(%q); if (!e) return false; e.focus(); e.value = ''; return document.activeElement === e })()", selector))
	b.Do("Input.insertText", map[string]any{"text": text}, nil)
}

// Click clicks on what the selector means.
func (b *Browser) Click(selector string) {
	b.tb.Helper()
	b.Until(fmt.Sprintf("(() => { const e = document.querySelector(%q); if (!e || e.disabled) return false; e.click(); return true })()", selector))
}

// Authenticator adds a device that makes passkeys, and knows its owner.
func (b *Browser) Authenticator() (id string) {
	b.tb.Helper()
	b.Do("WebAuthn.enable", nil, nil)
	var made struct{ AuthenticatorID string }
	b.Do("WebAuthn.addVirtualAuthenticator", map[string]any{"options": map[string]any{
		"protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true,
	}}, &made)
	return made.AuthenticatorID
}

// Screenshot writes the page to a file, as PNG.
func (b *Browser) Screenshot(file string) {
	b.tb.Helper()
	var shot struct{ Data string }
	b.Do("Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	data, err := base64.StdEncoding.DecodeString(shot.Data)
	if err == nil {
		err = os.WriteFile(file, data, 0o600)
	}
	if err != nil {
		b.tb.Fatal(err)
	}
}
