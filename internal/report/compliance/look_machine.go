package compliance

import (
	"github.com/sasumata/sasumata/internal/report"
)

func (v *view) responses() {
	r := &v.Responses
	modes := map[string]int64{}
	for i := range r.Policies {
		modes[r.Policies[i].Mode]++
	}
	v.say("What a person asks for runs in the mode %s. Policies: %d (%s).", "人が求めた対応のモード: %s。ポリシー %d 件(%s)。", r.Mode, len(r.Policies), v.names(ranked(modes)))
	if modes["active"] == 0 {
		v.say("No policy is active: nothing is done by itself.", "有効なポリシーはなく、自動の対応は行われません。")
	}
	open := map[string]int64{}
	for state, n := range r.Open {
		if n > 0 {
			open[state] = n
		}
	}
	if len(open) > 0 {
		v.say("Open responses: %s.", "進行中の対応: %s。", v.names(ranked(open)))
	}
	if r.Problem != "" {
		v.open("responses-fail", "Responses do not work: %s", "対応が動作していません: %s", report.Cut(r.Problem, 200))
	}
}

func (v *view) sources() {
	if len(v.Sources) == 0 {
		v.open("no-source", "No source is read.", "読み込んでいる送信元がありません。")
	}
	var records int64
	for i := range v.Sources {
		s := &v.Sources[i]
		records += s.Records
		name := report.Cut(s.Name, 100)
		switch {
		case s.Last.IsZero():
			v.list(i, "%s: no record since the server started.", "%s: 起動後のレコードなし。", name)
		default:
			v.list(i, "%s: %s records since the server started, the last %s ago.", "%s: 起動後 %s 件、最後は%s前。", name, report.Number(s.Records), v.span(max(0, v.Taken.Sub(s.Last))))
		}
		if s.Silent {
			v.open("silent-source", "%s is silent.", "%s が沈黙しています。", name)
		}
		if s.Dropped > 0 {
			v.open("lost-records", "%s lost %s records since the server started.", "%s で起動後 %s 件のレコードが失われました。", name, report.Number(s.Dropped))
		}
	}
	if len(v.Sources) > 0 && records == 0 {
		v.open("no-record", "No source had a record since the server started.", "起動後、どの送信元からもレコードがありません。")
	}
	v.say("Sources: %d, with %s records since the server started.", "送信元 %d、起動後のレコード計 %s 件。", len(v.Sources), report.Number(records))
	if v.Lacking > 0 {
		v.open("lacking-source", "%d sources of the configuration could not begin.", "設定された送信元のうち %d 件が開始できていません。", v.Lacking)
	}
}

// list adds evidence of the i-th thing, unless there are too many.
func (v *view) list(i int, en, ja string, args ...any) {
	if i < maxNames {
		v.say(en, ja, args...)
	}
}

func (v *view) clocks() {
	v.say("Senders whose clocks are off: %d.", "時刻がずれている送信元: %d。", v.Skewed)
	if v.Skewed > 0 {
		v.open("clock", "The clocks of %d senders are off.", "送信元 %d 件の時刻がずれています。", v.Skewed)
	}
}

func (v *view) backups() {
	if v.Audit.Backups == 0 {
		if v.Audit.Cut {
			v.say("No backup is among the entries of the audit trail that were read.", "読み込んだ監査証跡の記録にバックアップはありません。")
		}
		v.open("no-backup", "No backup by this server is in the audit trail of this time; others, such as copies of the disk, it does not know.", "この期間の監査証跡に、このサーバーによるバックアップがありません(ディスクの複製などは分かりません)。")
		return
	}
	v.say("Backups in this time: %d, the last on %s. Where they are kept is not known here.", "この期間のバックアップ %d 回、最後は %s。保管場所はここでは分かりません。", v.Audit.Backups, stamp(v.Audit.Backup))
}

func (v *view) rules() {
	r := &v.Rules
	v.say("Rules at work: %d, of them your own: %d; simulated: %d, off: %d. They name %d techniques of ATT&CK.", "有効なルール %d 件(うち独自 %d 件)、シミュレーション %d 件、無効 %d 件。ATT&CK の技法 %d 種を対象とします。", r.Enabled, r.Own, r.Simulated, r.Disabled, r.Techniques)
	if r.Enabled == 0 {
		v.open("no-rule", "No rule is at work.", "有効なルールがありません。")
	}
	if len(r.Broken) > 0 {
		v.open("rule-not-run", "%d enabled rules cannot be run: %s.", "有効なのに実行できないルール %d 件: %s。", len(r.Broken), v.names(r.Broken))
	}
}

func (v *view) noFindings() {
	v.note("No findings of scanners are kept on this server.", "このサーバーにスキャナーの結果はありません。")
}

func (v *view) assets() {
	if len(v.Assets) == 0 {
		v.noFindings()
	}
	for i := range v.Assets {
		a := &v.Assets[i]
		critical, high := a.Counts.Severity["critical"], a.Counts.Severity["high"]
		name := report.Cut(a.Name, 100)
		v.list(i, "%s: looked at on %s; %d findings, %d critical, %d high, %d known to be exploited.", "%s: 検査日 %s、検出 %d 件(critical %d、high %d、悪用確認済み %d)。", name, stamp(a.Taken), a.Counts.Active, critical, high, a.Counts.KEV)
		if critical > 0 || a.Counts.KEV > 0 {
			v.open("grave-finding", "%s has %d critical findings, and %d that are known to be exploited.", "%s に critical の検出 %d 件、悪用が確認されたもの %d 件があります。", name, critical, a.Counts.KEV)
		}
	}
	if more := len(v.Assets) - maxNames; more > 0 {
		v.say("%d more assets.", "ほか %d 資産。", more)
	}
}
