package finding

import (
	"fmt"
	"strings"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/scan"
)

// texts are the words of outputs for people, in one language. Ids, names of tools and
// everything that a report said are never translated.
type texts struct {
	Severity map[scan.Severity]string
	Kind     map[scan.Kind]string
	State    map[scan.State]string

	Title, ThemeSwitch, SkipLink, Contents, Generated, Baseline, Tools string
	Passed, Failed, NoGate, Nothing                                    string
	Findings, FindingsCut, Filter, FilterHint, NoFindings              string
	TileNew, TileFixed, TileKEV, TileKEVNote, TileFix, TileFixNote     string
	TileHeld, TileHeldNote, TileRead, TileReadNote, SinceBaseline      string
	NoBaseline                                                         string
	Notices, Unread, Incomplete                                        string
	ColSeverity, ColFinding, ColWhere, ColState, ColTools, ColAge      string
	ColReason, ColUntil, ColBy, ColReport, ColFormat, ColCount         string
	ColFix, ColRepairs, ColTime, ColTotal, ColNotes, ColKind           string
	About, Fix, FixedIn, Severities, Chosen, IDs, Related, Sources     string
	Package, Installed, Place, Resource, Weakness, EPSS, KEV, KEVDue   string
	Ransomware, FirstSeen, Published, More, Days, EPSSIs               string
	ByComponent, ByComponentNote, ByFix, ByFixNote, Upgrade, To        string
	NoFix, History, HistoryNote, HistoryTable, Held, HeldNote, Fixed   string
	FixedNote, Reports, ReportsNote, Forever, By, EndNote              string
	GateFailed, Shown                                                  string
	Grave, GraveNew, Exploited, Aged                                   string

	// Notice has the words for notices: place, name, day, number.
	Notice map[scan.NoticeCode]string
}

func catalogue(l report.Lang) *texts {
	if l == report.Japanese {
		return japanese()
	}
	return english()
}

func english() *texts {
	return &texts{
		Severity: map[scan.Severity]string{
			scan.Critical: "CRITICAL", scan.High: "HIGH", scan.Medium: "MEDIUM", scan.Low: "LOW", scan.Info: "INFO", scan.Unknown: "UNKNOWN",
		},
		Kind: map[scan.Kind]string{
			scan.Vulnerability: "vulnerability", scan.Code: "code", scan.Misconfiguration: "configuration", scan.Secret: "secret", scan.Other: "other",
		},
		State: map[scan.State]string{scan.New: "new", scan.Open: "open", scan.Reopened: "reopened", scan.Fixed: "fixed"},
		Title: "Security summary", ThemeSwitch: "Light / dark", SkipLink: "To the findings", Contents: "Contents", Generated: "Generated %s", Baseline: "compared with the run of %s", Tools: "Tools: %s",
		Passed: "Passed: nothing reaches what the run is held to", Failed: "Failed: %s", NoGate: "%s findings need somebody", Nothing: "Nothing was found",
		Findings: "Findings", FindingsCut: "The %[1]s gravest of %[2]s are listed.", Filter: "Filter", FilterHint: "package, file, id, tool …", NoFindings: "There is nothing that somebody has to look at.",
		TileNew: "New", TileFixed: "Fixed", TileKEV: "Known to be exploited", TileKEVNote: "in the catalogue of CISA (KEV)", TileFix: "Can be repaired", TileFixNote: "a version that repairs it is known",
		TileHeld: "Held back", TileHeldNote: "by VEX, suppressions, tools", TileRead: "Merged", TileReadNote: "from %[1]s in %[2]s reports", SinceBaseline: "since the earlier run", NoBaseline: "there is no earlier run",
		Notices: "What you should know", Unread: "Not read", Incomplete: "The scanner failed",
		ColSeverity: "Severity", ColFinding: "Finding", ColWhere: "Where", ColState: "State", ColTools: "Tools", ColAge: "Age", ColReason: "Reason", ColUntil: "Until", ColBy: "By",
		ColReport: "Report", ColFormat: "Format", ColCount: "Findings", ColFix: "What to do", ColRepairs: "Repairs", ColTime: "Run", ColTotal: "All", ColNotes: "Remarks", ColKind: "Kind",
		About: "About", Fix: "What to do", FixedIn: "repaired in %s", Severities: "Who says what", Chosen: "chosen", IDs: "Also known as", Related: "Named with it", Sources: "Found by",
		Package: "Package", Installed: "installed", Place: "Place", Resource: "Resource", Weakness: "Weakness", EPSS: "EPSS", EPSSIs: "%[1]s probability of exploitation within 30 days, higher than %[2]s of all",
		KEV: "Exploited", KEVDue: "in the KEV catalogue since %[1]s, due %[2]s", Ransomware: "used by ransomware", FirstSeen: "First seen", Published: "Published", More: "and %s more", Days: "%s d",
		ByComponent: "By component", ByComponentNote: "Where the findings are, the worst first.", ByFix: "By fix", ByFixNote: "What repairs most: one step for each package.", Upgrade: "Upgrade %[1]s", To: "to %s", NoFix: "no version that repairs it is known",
		History: "History", HistoryNote: "Findings that need somebody, run by run.", HistoryTable: "The same as a table", Held: "Held back", HeldNote: "These do not fail the run. Each says who decided, why, and until when.",
		Fixed: "Fixed", FixedNote: "They were there in the earlier run, and the tools that saw them do not see them any more.", Reports: "Reports", ReportsNote: "What was read, and how many findings each has before they are merged.",
		Forever: "without an end", By: "%[1]s: %[2]s", EndNote: "Names, paths and texts come from the reports. Characters that cannot be shown safely are escaped:", GateFailed: "The run fails: %s", Shown: "%[1]s findings: %[2]s",
		Grave: "%[1]s of severity %[2]s or worse", GraveNew: "%[1]s new of severity %[2]s or worse", Exploited: "%s known to be exploited", Aged: "%s open for longer than they may be",
		Notice: map[scan.NoticeCode]string{
			scan.NoReport: "not read: %[2]s", scan.EmptyFolder: "%[1]s: no files in it", scan.NoBaseline: "there is no baseline %[1]s yet: every finding is new",
			scan.VEXNotNamed: "%[1]s: its %[4]d VEX statements hold nothing back; name it with --vex, too", scan.VEXUnused: "no statement of the VEX documents is about a finding",
			scan.SuppressionEnded: "%[1]s: the suppression %[2]q ended on %[3]s; it would hold back %[4]d", scan.SuppressionUnused: "%[1]s: the suppression %[2]q means no finding",
			scan.Skipped: "%[1]s was not started: %[2]s",
		},
	}
}

func japanese() *texts {
	return &texts{ //nolint:gosec // words about secrets are none
		Severity: map[scan.Severity]string{
			scan.Critical: "CRITICAL", scan.High: "HIGH", scan.Medium: "MEDIUM", scan.Low: "LOW", scan.Info: "INFO", scan.Unknown: "不明",
		},
		Kind: map[scan.Kind]string{
			scan.Vulnerability: "脆弱性", scan.Code: "コード", scan.Misconfiguration: "設定", scan.Secret: "機密情報", scan.Other: "その他",
		},
		State: map[scan.State]string{scan.New: "新規", scan.Open: "継続", scan.Reopened: "再発", scan.Fixed: "解消"},
		Title: "セキュリティ診断のまとめ", ThemeSwitch: "明 / 暗", SkipLink: "検出事項へ", Contents: "目次", Generated: "作成 %s", Baseline: "%s の実行と比較", Tools: "ツール: %s",
		Passed: "合格: 基準に触れるものはありません", Failed: "不合格: %s", NoGate: "対応が必要な検出事項が %s 件あります", Nothing: "何も見つかりませんでした",
		Findings: "検出事項", FindingsCut: "全 %[2]s 件のうち重大なものから %[1]s 件を表示しています。", Filter: "絞り込み", FilterHint: "パッケージ、ファイル、ID、ツール …", NoFindings: "対応が必要なものはありません。",
		TileNew: "新規", TileFixed: "解消", TileKEV: "悪用が確認済み", TileKEVNote: "CISA の一覧 (KEV) に掲載", TileFix: "修正版あり", TileFixNote: "直っているバージョンが分かっているもの",
		TileHeld: "抑制中", TileHeldNote: "VEX・抑制ファイル・ツールによる", TileRead: "統合後", TileReadNote: "レポート %[2]s 件の %[1]s 件から", SinceBaseline: "前回の実行から", NoBaseline: "前回の実行はありません",
		Notices: "確認してください", Unread: "読めませんでした", Incomplete: "スキャナーが失敗しています",
		ColSeverity: "重大度", ColFinding: "検出事項", ColWhere: "場所", ColState: "状態", ColTools: "ツール", ColAge: "経過", ColReason: "理由", ColUntil: "期限", ColBy: "判断",
		ColReport: "レポート", ColFormat: "形式", ColCount: "検出事項", ColFix: "対応", ColRepairs: "直るもの", ColTime: "実行", ColTotal: "合計", ColNotes: "備考", ColKind: "種類",
		About: "説明", Fix: "対応", FixedIn: "%s で修正", Severities: "各者の評価", Chosen: "採用", IDs: "別名", Related: "関連する ID", Sources: "検出元",
		Package: "パッケージ", Installed: "導入済み", Place: "場所", Resource: "リソース", Weakness: "弱点", EPSS: "EPSS", EPSSIs: "30 日以内に悪用される確率 %[1]s(全体の %[2]s より高い)",
		KEV: "悪用", KEVDue: "KEV に %[1]s から掲載、対応期限 %[2]s", Ransomware: "ランサムウェアが使用", FirstSeen: "初回検出", Published: "公表", More: "ほか %s 件", Days: "%s 日",
		ByComponent: "場所ごと", ByComponentNote: "検出事項がどこにあるかを、重大なものから順に並べています。", ByFix: "対応ごと", ByFixNote: "直る件数の多い順です。パッケージごとに一手です。", Upgrade: "%[1]s を更新", To: "→ %s", NoFix: "修正版は知られていません",
		History: "推移", HistoryNote: "対応が必要な検出事項の、実行ごとの件数です。", HistoryTable: "同じ内容の表", Held: "抑制中", HeldNote: "合否には影響しません。誰が、なぜ、いつまでと決めたかを示しています。",
		Fixed: "解消", FixedNote: "前回はあり、当時見つけたツールが今回は見つけなかったものです。", Reports: "レポート", ReportsNote: "読んだファイルと、統合する前の件数です。",
		Forever: "期限なし", By: "%[1]s: %[2]s", EndNote: "名前・パス・文章はレポートに書かれていたものです。安全に表示できない文字は次のように示します:", GateFailed: "不合格: %s", Shown: "検出事項 %[1]s 件: %[2]s",
		Grave: "重大度 %[2]s 以上が %[1]s 件", GraveNew: "重大度 %[2]s 以上の新規が %[1]s 件", Exploited: "悪用が確認済みのものが %s 件", Aged: "期限を過ぎたものが %s 件",
		Notice: map[scan.NoticeCode]string{
			scan.NoReport: "読んでいません: %[2]s", scan.EmptyFolder: "%[1]s: ファイルがありません", scan.NoBaseline: "比較対象 %[1]s がまだないため、すべて新規として扱います",
			scan.VEXNotNamed: "%[1]s: VEX の記述 %[4]d 件は適用していません。適用するには --vex でも指定してください", scan.VEXUnused: "VEX の記述に当てはまる検出事項はありません",
			scan.SuppressionEnded: "%[1]s: 抑制 %[2]q は %[3]s に期限が切れています(対象 %[4]d 件)", scan.SuppressionUnused: "%[1]s: 抑制 %[2]q に当てはまる検出事項はありません",
			scan.Skipped: "%[1]s は起動していません: %[2]s",
		},
	}
}

// why says what the gate failed for; "" when it did not.
func (t *texts) why(g *scan.Gate) string {
	var parts []string
	grave := t.Grave
	if g.NewOnly {
		grave = t.GraveNew
	}
	if g.Grave > 0 {
		parts = append(parts, fmt.Sprintf(grave, number(g.Grave), t.Severity[scan.ParseSeverity(g.FailOn)]))
	}
	if g.Exploited > 0 {
		parts = append(parts, fmt.Sprintf(t.Exploited, number(g.Exploited)))
	}
	if g.Aged > 0 {
		parts = append(parts, fmt.Sprintf(t.Aged, number(g.Aged)))
	}
	return strings.Join(parts, " · ")
}

// notice writes a notice.
func (t *texts) notice(n scan.Notice) string {
	words, ok := t.Notice[n.Code]
	if !ok {
		words = string(n.Code) + " %[1]s %[2]s %[3]s %[4]d"
	}
	// Words that leave out arguments name one anyhow, so that Sprintf is content.
	return fmt.Sprintf(words+"%[5]s", n.At, n.Name, n.Day, n.N, "")
}
