package lab

// Texts is what the lab says in one language. Names that end in F are formats.
type Texts struct {
	// Titles are those of the four steps, Intros what each is about.
	Titles, Intros [4]string
	// Files says what goes into access.log, security.log, error.log and alert.log.
	Files [4]string
	// StepF heads a step, with its number and title.
	StepF string
	// Look and Change introduce what to look at and what to change; Enter asks for the key.
	Look, Change, Enter string
	// Lines stands before the number of lines of each file.
	Lines string

	// LookLog says what a line shows; ChangeLevelF compares the lines and signals of two
	// levels.
	LookLog, ChangeLevelF string
	// SignalsF counts the lines and signals; OthersF those that are not listed.
	SignalsF, OthersF string
	// LookRule is about the file of a rule, ChangeRuleF says what another number gives, More
	// introduces the signals that this adds.
	LookRule, ChangeRuleF, More string
	// Told stands before the receivers; HeldF counts what is told, held back and gathered.
	Told, HeldF string
	// LookAlerts and ChangeSuppressF are about the same notice again.
	LookAlerts, ChangeSuppressF string
	// WouldF says what would be done about a signal, SumF sums everything up.
	WouldF, SumF string
	// LookConfig and ChangePolicyF are about whom a policy blocks.
	LookConfig, ChangePolicyF string
	// Refused stands before why something must not be done.
	Refused string
	// KeptF and Gone say at the end where the files are.
	KeptF, Gone string
}

// Text returns the texts in Japanese for "ja" and in English for any other language.
func Text(lang string) Texts {
	if lang == "ja" {
		return textJA()
	}
	return textEN()
}

func textEN() Texts {
	return Texts{
		Titles: [4]string{"Logging", "Detection", "Alerting", "All together"},
		Intros: [4]string{
			"A small web shop had visitors and attackers this morning. It logs with package seclog:\nJSON, one object a line, times in UTC, no passwords. Each line goes into one of four files.",
			"The built-in rules read the four files as one, in the order of time. A rule counts events\nof one kind, by address or user, within a window; when its condition holds, a signal opens.",
			"Who is told depends on the level: critical goes to console, mail and Slack, high to console\nand mail, medium to the console. What is lower is gathered. Nothing is really sent here.",
			"Log, signal, notice, response: what becomes of this morning when all parts work together.\nThe response is a dry run: it only says which address would be blocked.",
		},
		Files: [4]string{
			"requests", "logins and other security events", "faults of the program", "what the program wants somebody to look at",
		},
		StepF: "Step %d of 4: %s", Look: "Look at", Change: "Change", Enter: "Enter goes on ",
		Lines:   "The lines in each file:",
		LookLog: "a login that failed: who, from where, why; the password is not there",

		ChangeLevelF: "the level from which lines are written. With INFO: %d lines, %d signals; with WARN: %d lines, %d signals.\nWhat was not logged cannot be found.",
		SignalsF:     "%d lines gave %d signals. Those of medium severity and above:",
		OthersF:      "and %d of low severity or information",
		LookRule:     "the rule, in a copy of your own with another number of failed logins",
		ChangeRuleF:  "the number of failed logins of %s. With 5: %d signals; with %s: %d signals.",
		More:         "New is somebody who only mistyped: a threshold weighs false alarms against what is missed.",
		Told:         "told:",
		HeldF:        "%d alerts: %d told, %d held back because the same was told within %s, %d of low severity gathered",
		LookAlerts:   "the alerts, one a line: each opening, escalation and doubling of a signal is one",

		ChangeSuppressF: "for how long the same is not told again. With %s: %d notices; with %s: %d notices.",
		WouldF:          "would %s %s for %s",
		SumF:            "lines: %d · signals: %d · notices: %d · addresses that would be blocked: %d",
		LookConfig:      "the configuration of a server, with these receivers and this policy",
		ChangePolicyF:   "the severity from which on addresses are blocked. Addresses with %s: %d; with %s: %d.",
		Refused:         "would not:",
		KeptF:           "The files are in %s. From here: docs/lab.md, docs/first-hour.md", Gone: "The files are removed now; to keep them and try the commands:",
	}
}

func textJA() Texts {
	return Texts{
		Titles: [4]string{"ログ記録", "検知", "アラート", "統合"},
		Intros: [4]string{
			"小さなネットショップに、今朝は利用者と攻撃者が訪れました。ショップは seclog パッケージで\nログを記録します: 1行1オブジェクトのJSON、時刻はUTC、パスワードは残しません。各行は4つのファイルのどれかに入ります。",
			"同梱のルールが、4つのファイルを時刻順に1本のログとして読みます。ルールは一定の時間内に起きた\n同じ種類のイベントをアドレスやユーザーごとに数え、条件を満たすとシグナルを開きます。",
			"誰に知らせるかはレベルで決まります。CRITICAL はコンソール・メール・Slack、HIGH はコンソールとメール、\nMEDIUM はコンソールへ。それより低いものはまとめられます。ここでは実際には何も送信しません。",
			"ログ、シグナル、通知、対処。すべてをつなぐと、今朝の出来事がどう扱われるかを見ます。\n対処はドライランです: 遮断するはずのアドレスを示すだけです。",
		},
		Files: [4]string{
			"リクエスト", "ログインなどのセキュリティイベント", "プログラムの障害", "人に確認してほしいとプログラムが判断したこと",
		},
		StepF: "ステップ %d/4: %s", Look: "見るもの", Change: "変えてみる", Enter: "Enter で次へ ",
		Lines:   "各ファイルの行数:",
		LookLog: "失敗したログイン: 誰が、どこから、なぜ。パスワードは記録されていません",

		ChangeLevelF: "書き込むレベルの下限。INFO では %d行・シグナル%d件、WARN では %d行・シグナル%d件。\n記録しなかったものは検知できません。",
		SignalsF:     "%d行から %d件のシグナルが出ました。MEDIUM 以上は次のとおりです:",
		OthersF:      "ほかに LOW と INFO が %d件",
		LookRule:     "ルールの写し。ログイン失敗の回数だけを変えてあります",
		ChangeRuleF:  "%s のログイン失敗の回数。5 では %d件、%s では %d件のシグナルが出ます。",
		More:         "増えたのは、打ち間違えただけの人です。閾値は誤検知と見逃しのどちらを減らすかで決まります。",
		Told:         "通知先:",
		HeldF:        "アラート%d件: 通知%d件、抑制%d件(%s以内に同じものを通知済み)、まとめた低レベルのもの%d件",
		LookAlerts:   "アラート(1行1件)。シグナルが開く・重大度が上がる・件数が倍になるたびに1件です",

		ChangeSuppressF: "同じアラートを再び通知しない時間。%s では通知%d件、%s では%d件。",
		WouldF:          "%[2]s を %[3]s の間 %[1]s するはず",
		SumF:            "行: %d · シグナル: %d · 通知: %d · 遮断されるはずのアドレス: %d",
		LookConfig:      "サーバーの設定ファイル。上の通知先とポリシーが書いてあります",
		ChangePolicyF:   "アドレスを遮断する重大度。%s では%d件、%s では%d件のアドレスが対象です。",
		Refused:         "実行しない理由:",
		KeptF:           "ファイルは %s にあります。次は docs/lab.md と docs/first-hour.md へ", Gone: "ファイルは削除しました。残してコマンドを試すには:",
	}
}
