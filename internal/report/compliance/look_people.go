package compliance

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// target returns within which time somebody is to look at a signal; 0 is any.
func target(severity string) time.Duration {
	for s := signal.Info; s <= signal.Critical; s++ {
		if s.String() == severity {
			return triage.Target(s)
		}
	}
	return 0
}

func (v *view) factors() {
	var with, elsewhere int
	var without []string
	for i := range v.Users {
		u := &v.Users[i]
		switch {
		case u.Disabled:
		case u.TOTP || u.Passkeys > 0:
			with++
		case u.Issuer != "":
			elsewhere++
		default:
			without = append(without, u.Name)
		}
	}
	v.say("Users with a second factor or a passkey: %d, without: %d.", "第二要素またはパスキーのある利用者: %d 名、ない利用者: %d 名。", with, len(without))
	if elsewhere > 0 {
		v.say("%d sign in at a provider; whether it asks for a second factor is your organisation's to show.", "%d 名は認証プロバイダー経由です。第二要素の有無は自組織で示してください。", elsewhere)
	}
	if len(without) > 0 {
		v.open("second-factor", "%d users have no second factor: %s.", "第二要素のない利用者 %d 名: %s。", len(without), v.names(without))
	}
}

func (v *view) accounts() {
	roles := map[string]int64{}
	disabled := 0
	var unused []string
	for i := range v.Users {
		u := &v.Users[i]
		if u.Disabled {
			disabled++
			continue
		}
		roles[u.Role]++
		seen := u.LastLogin
		if seen.IsZero() {
			seen = u.Created
		}
		if v.Taken.Sub(seen) > idle {
			unused = append(unused, u.Name)
		}
	}
	v.say("Users: %d, of them disabled: %d. By role: %s.", "利用者 %d 名、うち無効 %d 名。ロール別: %s。", len(v.Users), disabled, v.names(ranked(roles)))
	if len(unused) > 0 {
		v.open("unused-account", "%d users did not sign in for 90 days and are not disabled: %s.", "90 日サインインがなく、無効化もされていない利用者 %d 名: %s。", len(unused), v.names(unused))
	}
}

func (v *view) tokens() {
	var endless []string
	expired, unused := 0, 0
	for i := range v.Tokens {
		t := &v.Tokens[i]
		if !t.Expires.IsZero() && t.Expires.Before(v.Taken) {
			expired++
			continue
		}
		if t.Used.IsZero() {
			unused++
		}
		if t.Expires.IsZero() {
			endless = append(endless, fmt.Sprintf("%s (%s)", t.Name, strings.Join(t.Scopes, " ")))
		}
	}
	slices.Sort(endless)
	v.say("Tokens: %d, of them expired: %d, never used: %d. Those of files of the configuration are not among them.", "トークン %d 件、うち期限切れ %d 件、未使用 %d 件。設定ファイルのトークンは含みません。", len(v.Tokens), expired, unused)
	if len(endless) > 0 {
		v.open("endless-token", "%d tokens never expire: %s.", "期限のないトークン %d 件: %s。", len(endless), v.names(endless))
	}
}

func (v *view) notices() {
	if v.Alerting.Elsewhere {
		v.say("Another Alertmanager tells people; whom is your organisation's to show.", "別の Alertmanager が通知します。宛先は自組織で示してください。")
		return
	}
	outside := 0
	for i := range v.Alerting.Receivers {
		r := &v.Alerting.Receivers[i]
		if !r.Routed {
			continue
		}
		for j := range r.Integrations {
			n := &r.Integrations[j]
			if n.Kind == "console" || n.Kind == "file" {
				continue
			}
			outside++
			last := v.pick("never", "なし")
			if n.LastTold != nil {
				last = stamp(*n.LastTold)
			}
			if outside <= maxNames {
				v.say("%s (%s): %d told since the start, %d attempts failed, last told %s.", "%s(%s): 起動後の通知 %d 件、失敗 %d 回、最後の通知 %s。", report.Cut(n.Target, 80), n.Kind, n.Told, n.Failed, last)
			}
			if n.LastFailed != nil && (n.LastTold == nil || n.LastTold.Before(*n.LastFailed)) {
				v.open("receiver-fails", "%s fails: %s", "%s への通知が失敗しています: %s", report.Cut(n.Target, 80), report.Cut(n.Error, 200))
			}
		}
	}
	if outside == 0 {
		v.open("nobody-told", "No receiver but the terminal and files is told of signals.", "シグナルの通知先が端末とファイル以外にありません。")
	}
}
