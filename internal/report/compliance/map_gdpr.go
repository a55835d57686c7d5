package compliance

// gdpr returns articles of the GDPR.
func gdpr() Framework {
	return Framework{"gdpr", Text{"GDPR", "GDPR(EU 一般データ保護規則)"}, []Control{
		{
			ID: "Art. 5(1)(e)", Part: Product, Topics: []Topic{Retention}, Bounded: true,
			Title: Text{"Personal data is kept no longer than needed", "個人データを必要な期間を超えて保持しない"},
			Does:  Text{"Removes logs and archived signals when their time is over; sources and services can have times of their own.", "期限を過ぎたログとアーカイブ済みシグナルを削除します。送信元やサービスごとに期限を設定できます。"},
			Yours: Text{"Decide how long you need them, and why. The audit trail and backups are kept until you remove them.", "必要な期間と根拠を決めること。監査証跡とバックアップは自ら削除するまで残ります。"},
		},
		{
			ID: "Art. 5(1)(f)", Part: Helps, Topics: []Topic{Factors, Accounts, Tokens},
			Title: Text{"Integrity and confidentiality", "完全性と機密性"},
			Does:  Text{"Roles, second factors, scoped tokens, TLS; secrets in logs are made unreadable.", "ロール、第二要素、スコープ付きトークン、TLS。ログ内の秘密情報は読めなくします。"},
			Yours: Text{"Encryption of disks, and all other systems.", "ディスクの暗号化と、他のすべてのシステム。"},
		},
		{
			ID: "Art. 5(2)", Part: Helps, Topics: []Topic{Trail},
			Title: Text{"Accountability", "説明責任"},
			Does:  Text{"The audit trail says who changed and deleted what.", "誰が何を変更・削除したかを監査証跡が示します。"},
			Yours: Text{"Show that you comply with the rest.", "その他の遵守を示すこと。"},
		},
		{
			ID: "Art. 17", Part: Helps, Topics: []Topic{Trail},
			Title: Text{"Erasure", "消去"},
			Does:  Text{"sasumata store delete removes the events that a search matches, and writes that to the audit trail.", "sasumata store delete が検索に一致するイベントを消去し、監査証跡に残します。"},
			Yours: Text{"Decide on requests, and erase in signals, which quote events, in backups and in other systems.", "請求の判断と、イベントを引用するシグナル、バックアップ、他のシステムでの消去。"},
		},
		{
			ID: "Art. 25", Part: Helps, Topics: []Topic{Retention, Accounts}, Bounded: true,
			Title: Text{"Data protection by design and by default", "設計段階からの、既定でのデータ保護"},
			Does:  Text{"Keeps logs for 90 days unless told otherwise, listens on this machine only, sends nothing anywhere unless asked.", "既定の保持は 90 日、待ち受けは自機のみ、求めない限りどこにも送信しません。"},
			Yours: Text{"Log no more personal data than needed.", "必要以上の個人データをログに書かないこと。"},
		},
		{
			ID: "Art. 32(1)(b)", Part: Helps, Topics: []Topic{Sources, Rules, Signals},
			Title: Text{"Lasting confidentiality, integrity, availability and resilience", "機密性、完全性、可用性、回復力の維持"},
			Does:  Text{"Watches systems for attacks, and itself for sources that fail.", "システムへの攻撃と、送信元の障害を監視します。"},
			Yours: Text{"The measures themselves.", "措置そのもの。"},
		},
		{
			ID: "Art. 32(1)(c)", Part: Helps, Topics: []Topic{Backups},
			Title: Text{"Access to data can be restored after an incident", "事故後にデータへのアクセスを復旧できる"},
			Does:  Text{"Backups and restore of this server.", "このサーバーのバックアップと復元。"},
			Yours: Text{"The same for your systems.", "自組織のシステムでの同様の備え。"},
		},
		{
			ID: "Art. 32(1)(d)", Part: Helps, Topics: []Topic{Assets, Rules},
			Title: Text{"Measures are tested regularly", "措置を定期的に試験する"},
			Does:  Text{"Findings of scanners from run to run; rules come with tests; drills of notices.", "スキャナー結果の推移、テスト付きルール、通知の訓練。"},
			Yours: Text{"A process for testing and evaluating.", "試験と評価の仕組み。"},
		},
		{
			ID: "Art. 33", Part: Helps, Topics: []Topic{Signals, Notices},
			Title: Text{"A breach is notified to the authority, where feasible within 72 hours", "侵害を可能な限り 72 時間以内に監督機関へ通知する"},
			Does:  Text{"Finds what may be a breach, says when it began and was looked at, and keeps the history.", "侵害の可能性を検知し、開始と確認の時刻を示し、履歴を残します。"},
			Yours: Text{"Judge, notify and document.", "判断、通知、文書化。"},
		},
		{
			ID: "Art. 28", Part: Organisation,
			Title: Text{"Processors", "処理者"},
			Yours: Text{"Contracts. The product itself sends logs to nobody unless configured.", "契約。製品自体は、設定しない限りログをどこにも送りません。"},
		},
		{
			ID: "Art. 30", Part: Organisation,
			Title: Text{"Records of processing", "処理活動の記録"},
			Yours: Text{"Enter this server and its retention there.", "このサーバーと保持期間を記録に載せること。"},
		},
		{
			ID: "Art. 34", Part: Organisation,
			Title: Text{"Telling the people concerned of a breach", "侵害の本人への連絡"},
			Yours: Text{"Decide and tell.", "判断と連絡。"},
		},
		{
			ID: "Art. 35", Part: Organisation,
			Title: Text{"Impact assessment", "データ保護影響評価"},
			Yours: Text{"Assess whether watching people's logs needs one.", "ログ監視に評価が必要かどうかを検討すること。"},
		},
	}}
}
