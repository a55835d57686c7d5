package report

import "github.com/sasumata/sasumata/internal/signal"

func japanese() *texts {
	return &texts{
		Severity: [signal.Severities]string{"INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"},
		Respond:  [signal.Severities]string{"対応不要", "24時間以内", "4時間以内", "1時間以内", "直ちに"},

		EventOne: "%s件", EventMany: "%s件",
		SignalOne: "シグナル%s件", SignalMany: "シグナル%s件", AddressOne: "アドレス%s個", AddressMany: "アドレス%s個",
		SignalsFrom:  "%[1]s(%[2]s)",
		WithinWindow: "%[2]s以内に %[1]s",
		WithCase:     "条件「%s」",
		Runbook:      "手順書 %s",
		More:         "ほか%s件",
		OthersOfKind: "ほかの%[1]s(イベント%[2]s)",
		NoTime:       "時刻なし",

		DateSpan: "%[1]s~%[2]s",

		Days: "%s日", Hours: "%s時間", Minutes: "%s分", Seconds: "%s秒",

		LabelWhy: "理由", LabelWho: "対象", LabelSeen: "期間", LabelMITRE: "ATT&CK", LabelRespond: "対応", LabelSays: "説明",
		Escalated: "%[1]s から %[2]s に引き上げ",

		Updated:      "累計%s",
		Closed:       "%sで終了",
		SummaryTitle: "まとめ",
		NoSignals:    "シグナルはありません。どのルールにも該当しませんでした。",
		NoAttacks:    "攻撃は見つかりませんでした。", AttacksFound: "攻撃リクエスト %s件（うち 2xx で応答したもの %s件）", Attackers: "攻撃元アドレス",
		ReportAt: "レポート: %s",

		Suppressed: "抑制したもの", SuppressedNote: "抑制によって通知しなかったものです。上のシグナルには含まれません。",
		HeldBack: "抑制", HeldUntil: "期限", HeldNoEnd: "期限なし", HeldReason: "理由",
		ColHeldSignals: "抑制したシグナル", ColHeldEvents: "除外したイベント", ColHeldRules: "ルール",

		Signals: "シグナル", Lines: "行数", Parsed: "解釈できた行", Unparsed: "解釈できない行", Truncated: "長すぎて切った行",
		Bytes: "サイズ", Elapsed: "処理時間", LinesPerSecond: "行/秒", Events: "イベント", Period: "期間",

		ReportTitle: "セキュリティレポート", SkipLink: "シグナルへ移動", Contents: "目次",
		ThemeSwitch: "明るい/暗い表示", Filter: "シグナルの絞り込み", FilterHint: "アドレス、ユーザー、ルール、本文", Generated: "作成日時",
		Files: "ログ", FilesMore: "%[1]s ほか%[2]s件",
		VerdictNone:     "シグナルはありません。どのルールにも該当しませんでした。",
		VerdictInfo:     "対応が必要なものはありません。以下のシグナルは記録のためのものです。",
		VerdictCritical: "直ちに対応してください。CRITICAL・HIGH: %s。",
		VerdictHigh:     "1時間以内に対応してください。HIGH: %s。",
		VerdictMedium:   "4時間以内に対応してください。MEDIUM: %s。",
		VerdictLow:      "24時間以内に確認してください。LOW: %s。",

		TileSignals: "シグナル", TileAddresses: "シグナルのアドレス", TileEvents: "イベント",
		TileLogins: "ログイン失敗", TileParsed: "解釈できた行", TileAttacks: "攻撃リクエスト",
		TileAddressesNote: "LOW 以上のシグナルに出たもの", TileAttacksNote: "単独で攻撃と分かるイベント",
		TileEventsNote: "%s から",
		TileLoginsNote: "ログイン%[2]s件のうち %[1]s が失敗",
		TileRulesNote:  "読み込んだルール%s件のうち",
		TileParsedNote: "%s行は解釈できず",

		Timeline: "時間の流れ", TimelineBar: "棒1本は%sです。上はイベント、下は発生時刻ごとのシグナル(重大度別)です。",
		TimelineTable: "同じ内容の表", TimelineTop: "棒%[2]s本のうち、イベントの多い%[1]s本です。",
		TimelineOutside: "この期間から大きく外れた%s件のイベントは描いていません。",
		TimelineEmpty:   "時刻のあるイベントがありません。",
		SeriesFailed:    "ログイン失敗", SeriesAttack: "攻撃",
		ColFrom: "開始",

		SignalsCut:  "シグナル%[2]s件のうち、重大なものから%[1]s件を示します。すべては JSON Lines の出力にあります。",
		ColSeverity: "重大度", ColSignal: "シグナル", ColEntity: "対象",
		ColRule: "ルール", ColSignals: "シグナル", ColEvents: "イベント", ColFailed: "失敗", ColAttacks: "攻撃",
		ColShare: "割合", ColCount: "件数", ColLine: "行", ColText: "本文",
		Why: "検知の理由", Evidence: "証拠のログ", Entities: "関係するもの", Technique: "MITRE ATT&CK, CAPEC", Response: "対応の目安",
		RuleID: "ルールID", Message: "メッセージ", Window: "時間枠",
		ColTime: "発生", ColEntities: "対象の数", Condition: "式", Unusual: "通常との違い", Seen: "期間", RunbookWord: "手順書",
		Case: "条件", SignalID: "シグナルID", RulesFired: "該当したルール", Runbooks: "手順書",
		EvidenceNone: "ログの行は残っていません。",

		Breakdown: "誰が、何を", Suspects: "ログイン失敗・攻撃のあったアドレス", Addresses: "アクセスの多いアドレス",
		Users: "ユーザー", Paths: "パス", UserAgents: "ユーザーエージェント", Categories: "攻撃の種類", Sources: "ログの種類",
		Statuses: "HTTP ステータス", Logins: "ログイン", LoginOK: "成功", LoginFailed: "失敗", Levels: "ログのレベル",
		Approximate: "≥ は下限です。値の種類が多く、すべては数えきれませんでした。",

		SuspectsTitle: "アドレスの詳細", SuspectLoggedIn: "ログイン成功",
		SuspectAnsweredOne: "2xx で応答した攻撃 %s件", SuspectAnswered: "2xx で応答した攻撃 %s件",
		CompareTitle: "前回のレポートからの変化", CompareSame: "変化はありません。",
		CompareNote: "前回のレポートの期間は %s です。",
		Before:      "前回", Now: "今回", Change: "増減", Totals: "合計",
		NewAddresses: "新たに攻撃・ログイン失敗のあったアドレス:", BackAddresses: "再び現れたアドレス:", GoneAddresses: "現れなくなったアドレス:",
		Visitors: "訪問者", AttacksAnswered: "2xx で応答した攻撃", AttackAnswers: "攻撃への応答",
		Countries: "国", Networks: "ネットワーク",

		EventsListed: "脅威リストにある送信元", KnownTitle: "外部の情報", ListedTitle: "脅威リスト", ListedOne: "脅威リスト %s件に登録", Listed: "脅威リスト %s件に登録",
		ListsEntries: "登録数", ListsOldest: "最も古いもの %s前", ListsOld: "期限切れ: %s", ListsFailed: "更新・読み取り失敗: %s", ListsMissing: "未取得: %s",
		Intentions: [4]string{"悪意あり", "疑わしい", "意図は不明", "無害"},
		ThreatKinds: [13]string{
			"攻撃", "ブルートフォース", "スキャナー", "マルウェア", "暗号資産の採掘", "スパム", "Tor", "公開プロキシ", "VPN", "企業 VPN", "ホスティング事業者のプロキシ", "住宅用プロキシ", "独自のリスト",
		},
		ReputationTitle: "評判", VerdictUnknown: "登録なし",
		VerdictEngines: "悪意あり %s / %s エンジン、疑わしい %s", VerdictReports: "悪用の確度 %s %%、報告 %s件（%s人）",
		VerdictStale: "%s 時点の情報（再確認できず）",

		UnparsedTitle: "解釈できなかった行",
		UnparsedNote:  "最初の数行をログのまま示します。件数には含まれますが、どのルールも中身を調べられません。",
		UnparsedNone:  "すべての行を解釈できました。",
		Method:        "実行の内容", Version: "バージョン", Rules: "読み込んだルール", Options: "オプション", LogBytes: "ログのサイズ",
		Undated: "時刻のないイベント", ResponseBytes: "クライアントへの送信量",
		MethodNote: "アドレス、ユーザー、パス、ユーザーエージェントの件数は、記憶量に上限のある方法で数えています。合計は正確です。",
		EndNote:    "ログの文字列はデータとして表示しています。読み手を欺くおそれのある文字は、次のように置き換えています:",
		ZoneNote:   "時刻は %s です。",

		EntityIP: "アドレス", EntityUser: "ユーザー", EntityHost: "ホスト", EntityContainer: "コンテナ", EntityService: "サービス", EntityNetwork: "ネットワーク", EntityValue: "値",
	}
}
