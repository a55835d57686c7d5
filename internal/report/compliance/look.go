package compliance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/report"
)

// The limits of what is listed.
const (
	// maxNames is how many names stand in one line.
	maxNames = 20
	// idle is after how long without signing in an account counts as not used.
	idle = 90 * day
	day  = 24 * time.Hour
)

// Gap is what is open.
type Gap struct {
	// ID is the kind of gap, such as second-factor.
	ID   string `json:"id"`
	Text string `json:"text"`
}

// view looks at facts for one control, in one language.
type view struct {
	*Facts

	lang    report.Lang
	control *Control
	lines   []string
	gaps    []Gap
	// proof says that the data shows something at all.
	proof bool
}

func (v *view) pick(en, ja string) string { return Text{en, ja}.In(v.lang) }

// say adds evidence. Both texts take the same arguments.
func (v *view) say(en, ja string, args ...any) {
	v.proof = true
	v.note(en, ja, args...)
}

// note adds what proves nothing.
func (v *view) note(en, ja string, args ...any) {
	v.lines = append(v.lines, fmt.Sprintf(v.pick(en, ja), args...))
}

// open adds a gap.
func (v *view) open(id, en, ja string, args ...any) {
	v.gaps = append(v.gaps, Gap{id, fmt.Sprintf(v.pick(en, ja), args...)})
}

// names writes a list of names that may be long.
func (v *view) names(list []string) string {
	shown := make([]string, 0, maxNames)
	for _, name := range list[:min(len(list), maxNames)] {
		shown = append(shown, report.Cut(name, 80))
	}
	text := strings.Join(shown, ", ")
	if more := len(list) - len(shown); more > 0 {
		text += fmt.Sprintf(v.pick(" and %d more", " ほか %d 件"), more)
	}
	return text
}

// span writes a time span.
func (v *view) span(d time.Duration) string {
	switch {
	case d >= 2*day:
		return fmt.Sprintf(v.pick("%d days", "%d 日"), d/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf(v.pick("%d hours", "%d 時間"), d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf(v.pick("%d minutes", "%d 分"), d/time.Minute)
	default:
		return fmt.Sprintf(v.pick("%d seconds", "%d 秒"), d/time.Second)
	}
}

// limit writes for how long something is kept.
func (v *view) limit(d time.Duration) string {
	if d == 0 {
		return v.pick("no limit", "無期限")
	}
	return v.span(d)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// look adds the evidence of a topic, and what is open.
func (v *view) look(t Topic) {
	if why, bad := v.Unread[t]; bad {
		v.open("not-read", "Not known: %s (%s)", "不明: %s(%s)", v.topic(t), report.Cut(why, 200))
		return
	}
	if v.Absent[t] {
		v.absent(t)
		return
	}
	switch t {
	case Retention:
		v.retention()
	case Trail:
		v.trail()
	case Factors:
		v.factors()
	case Accounts:
		v.accounts()
	case Tokens:
		v.tokens()
	case Signals:
		v.signals()
	case Held:
		v.held()
	case Responses:
		v.responses()
	case Sources:
		v.sources()
	case Clocks:
		v.clocks()
	case Backups:
		v.backups()
	case Rules:
		v.rules()
	case Notices:
		v.notices()
	case Assets:
		v.assets()
	default:
		panic("BUG: nobody looks at " + string(t))
	}
}

// absent is a topic that the server has nothing of.
func (v *view) absent(t Topic) {
	switch t {
	case Retention:
		v.open("no-logs", "This server keeps no logs.", "このサーバーはログを保持していません。")
	case Notices:
		v.open("nobody-told", "This server tells nobody of signals.", "このサーバーはシグナルを誰にも通知しません。")
	case Assets:
		v.noFindings()
	default:
		v.open("absent", "This server does not have: %s.", "このサーバーにありません: %s。", v.topic(t))
	}
}

// topic names a topic.
func (v *view) topic(t Topic) string {
	switch t {
	case Retention:
		return v.pick("retention of logs", "ログの保持")
	case Trail:
		return v.pick("the audit trail", "監査証跡")
	case Factors:
		return v.pick("second factors", "第二要素")
	case Accounts:
		return v.pick("users", "利用者")
	case Tokens:
		return v.pick("tokens", "トークン")
	case Signals:
		return v.pick("signals", "シグナル")
	case Held:
		return v.pick("what is held back", "抑止")
	case Responses:
		return v.pick("responses", "対応")
	case Sources:
		return v.pick("sources", "送信元")
	case Clocks:
		return v.pick("clocks", "時刻")
	case Backups:
		return v.pick("backups", "バックアップ")
	case Rules:
		return v.pick("rules", "ルール")
	case Notices:
		return v.pick("notices", "通知")
	default:
		return v.pick("findings of scanners", "スキャナーの結果")
	}
}

func (v *view) retention() {
	r := &v.Retention
	v.say("Logs are kept: %s. Archived signals: %s.", "ログの保持: %s。アーカイブ済みシグナル: %s。", v.limit(r.Logs), v.limit(r.Signals))
	for _, l := range r.Limits {
		v.say("Logs of the %s %s are kept: %s.", "%s %s のログの保持: %s。", v.kind(l.Of), report.Cut(l.Name, 80), v.limit(l.Age))
	}
	if r.Oldest.IsZero() {
		v.note("No log is stored.", "保存されたログはありません。")
	} else {
		v.say("%s events are stored; the oldest is of %s, %s ago.", "保存イベント %s 件。最も古いものは %s(%s前)。", report.Number(r.Events), stamp(r.Oldest), v.span(max(0, v.Taken.Sub(r.Oldest))))
	}
	least := time.Duration(v.control.Days) * day
	for _, l := range append([]Limit{{Age: r.Logs}}, r.Limits...) {
		what := v.pick("Logs", "ログ")
		if l.Of != "" {
			what = fmt.Sprintf(v.pick("Logs of the %s %s", "%s %s のログ"), v.kind(l.Of), report.Cut(l.Name, 80))
		}
		if l.Age > 0 && l.Age < least {
			v.open("retention", "%s are kept for %s, which is less than %d days.", "%sの保持は%sで、%d 日に足りません。", what, v.span(l.Age), v.control.Days)
		}
		if l.Age == 0 && v.control.Bounded {
			v.open("retention-unbounded", "%s are kept without a limit of age.", "%sの保持に期限がありません。", what)
		}
	}
	if v.control.Bounded && r.Signals == 0 {
		v.open("retention-unbounded", "Archived signals, which quote logs, are kept for ever.", "ログを引用するアーカイブ済みシグナルが無期限に保持されます。")
	}
	if least > 0 && r.Early > 0 {
		v.open("removed-early", "%s events were removed before their time since the server started: the store or the disk was full.", "起動後、%s 件のイベントが期限前に削除されました(ストアまたはディスクが一杯)。", report.Number(r.Early))
	}
	if least > 0 && !r.Oldest.IsZero() && v.Taken.Sub(r.Oldest) < least {
		v.say("The stored logs do not go back %d days yet; whether older ones were kept elsewhere is not known here.", "保存ログはまだ %d 日分に達していません。それより古いログが別の場所にあるかどうかは、ここでは分かりません。", v.control.Days)
	}
}

func (v *view) kind(of string) string {
	if of == "service" {
		return v.pick("service", "サービス")
	}
	return v.pick("source", "送信元")
}

func (v *view) trail() {
	a := &v.Audit
	v.say("%s entries by %d actors in this time.", "この期間の記録 %s 件、操作者 %d 名。", report.Number(a.Entries), len(a.Actors))
	if a.Cut {
		v.say("Older entries of this time were not counted: there are too many.", "件数が多いため、この期間の古い記録は数えていません。")
	}
	if n := a.Actions["store.delete"]; n > 0 {
		v.say("Deletions of stored logs by a search: %d.", "検索による保存ログの削除: %d 回。", n)
	}
	if list := ranked(a.Actions); len(list) > 0 {
		v.say("By action: %s.", "操作別: %s。", v.names(list))
	}
}

// ranked returns names with numbers, the largest first.
func ranked(of map[string]int64) []string {
	list := slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		if of[a] != of[b] {
			return int(max(-1, min(1, of[b]-of[a])))
		}
		return strings.Compare(a, b)
	})
	for i, name := range list {
		list[i] = fmt.Sprintf("%s %d", name, of[name])
	}
	return list
}

func (v *view) signals() {
	if v.SignalsCut != "" {
		v.say("Not all signals were counted: %s.", "すべてのシグナルは数えていません: %s。", report.Cut(v.SignalsCut, 200))
	}
	total := int64(0)
	for _, severity := range []string{"critical", "high", "medium", "low", "info"} {
		n := v.Signals[severity]
		if n == nil {
			continue
		}
		total += n.Opened
		v.severity(severity, n)
	}
	if total == 0 {
		v.say("No signal opened in this time.", "この期間に開いたシグナルはありません。")
	}
}

func (v *view) severity(name string, n *SignalFacts) {
	target := target(name)
	text := fmt.Sprintf(v.pick("%s: %d opened, %d wait, %d were looked at", "%s: 発生 %d、未確認 %d、確認済み %d"), name, n.Opened, n.Waiting, n.Acknowledged)
	if n.Acknowledged > 0 {
		text += fmt.Sprintf(v.pick(", half of them within %s", "(半数は%s以内)"), v.span(time.Duration(n.Median*float64(time.Second))))
	}
	if target > 0 {
		text += fmt.Sprintf(v.pick("; target %s, %d late, %d overdue", "。目標%s、遅延 %d、期限超過 %d"), v.span(target), n.Late, n.Overdue)
	}
	v.lines = append(v.lines, text+v.pick(".", "。"))
	if n.Overdue > 0 {
		v.open("overdue", "%d %s signals are overdue: nobody looked at them within %s.", "%[2]s のシグナル %[1]d 件が期限超過です(目標%[3]s以内に未確認)。", n.Overdue, name, v.span(target))
	}
}

func (v *view) held() {
	at := 0
	for i := range v.Suppressions {
		s := &v.Suppressions[i]
		at++
		until := v.pick("no end", "期限なし")
		if s.Expires != nil {
			until = stamp(*s.Expires)
		}
		if at <= maxNames {
			v.say("Suppression %d \"%s\" by %s, until %s, held back %d signals: %s", "抑止 %d「%s」作成 %s、期限 %s、抑止 %d 件: %s", s.ID, report.Cut(s.Name, 80), report.Cut(s.MadeBy, 64), until, s.Signals, report.Cut(s.Reason, 200))
		}
		if s.Expires == nil {
			v.open("no-end", "Suppression %d \"%s\" has no end.", "抑止 %d「%s」に期限がありません。", s.ID, report.Cut(s.Name, 80))
		}
		if strings.TrimSpace(s.Reason) == "" {
			v.open("no-reason", "Suppression %d \"%s\" has no reason.", "抑止 %d「%s」に理由がありません。", s.ID, report.Cut(s.Name, 80))
		}
	}
	for _, s := range v.Silences[:min(len(v.Silences), maxNames)] {
		v.say("Silence of notices by %s until %s: %s", "通知の停止 作成 %s、期限 %s: %s", report.Cut(s.By, 64), stamp(s.Ends), report.Cut(s.Comment, 200))
	}
	v.say("%d suppressions and %d silences are at work. Suppressions in files of the configuration are not among them.", "有効な抑止 %d 件、通知の停止 %d 件。設定ファイルの抑止は含みません。", len(v.Suppressions), len(v.Silences))
}
