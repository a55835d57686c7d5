package compliance

// soc2 returns criteria of the Trust Services Criteria.
func soc2() Framework {
	return Framework{"soc2", Text{"SOC 2 (Trust Services Criteria)", "SOC 2(Trust サービス規準)"}, []Control{
		{
			ID: "CC6.1", Part: Helps, Topics: []Topic{Factors, Accounts, Tokens},
			Title: Text{"Logical access is protected", "論理アクセスを保護する"},
			Does:  Text{"Sign-in with second factors, passkeys or a provider; roles; tokens with scopes and an end.", "第二要素、パスキー、認証プロバイダーによるサインイン、ロール、スコープと期限のあるトークン。"},
			Yours: Text{"All other systems, networks and keys.", "他のすべてのシステム、ネットワーク、鍵。"},
		},
		{
			ID: "CC6.2", Part: Helps, Topics: []Topic{Accounts, Trail},
			Title: Text{"Users are registered before they get access, and removed after", "利用者は登録後にアクセスでき、不要になれば取り消される"},
			Does:  Text{"Adding, disabling and removing users of this server is in the audit trail.", "このサーバーの利用者の追加、無効化、削除は監査証跡に残ります。"},
			Yours: Text{"Approve each user, and remove those who leave.", "利用者の承認と、離任者の削除。"},
		},
		{
			ID: "CC6.3", Part: Helps, Topics: []Topic{Accounts, Tokens},
			Title: Text{"Access goes by role, with no more than is needed", "アクセスは役割に応じた最小限とする"},
			Does:  Text{"Four roles, each with what it needs; tokens may do no more than who made them.", "4 つのロール。トークンは作成者の権限を超えません。"},
			Yours: Text{"Review who has which.", "割り当ての定期的な見直し。"},
		},
		{
			ID: "CC6.6", Part: Helps, Topics: []Topic{Signals, Responses},
			Title: Text{"Threats from outside are kept out", "外部からの脅威を防ぐ"},
			Does:  Text{"Detects attacks from outside, and can block addresses.", "外部からの攻撃を検知し、アドレスを遮断できます。"},
			Yours: Text{"Firewalls and other protection of the perimeter.", "ファイアウォールなど境界の保護。"},
		},
		{
			ID: "CC6.8", Part: Helps, Topics: []Topic{Rules, Signals},
			Title: Text{"Unauthorised and malicious software is found", "許可されていない、または悪意あるソフトウェアを見つける"},
			Does:  Text{"Rules over what processes and containers do; policies of images and compose files.", "プロセスとコンテナの動作に対するルール、イメージや compose ファイルのポリシー。"},
			Yours: Text{"Protection of end points, and who may install what.", "エンドポイントの保護と、導入の許可。"},
		},
		{
			ID: "CC7.1", Part: Helps, Topics: []Topic{Assets},
			Title: Text{"Vulnerabilities and risky changes of configuration are found", "脆弱性と危険な設定変更を見つける"},
			Does:  Text{"Keeps findings of scanners and policies of each asset.", "スキャナーとポリシーの結果を資産ごとに保持します。"},
			Yours: Text{"Scan all that is in scope, and repair.", "対象のすべてを検査し、修正すること。"},
		},
		{
			ID: "CC7.2", Part: Product, Topics: []Topic{Sources, Rules, Signals, Retention},
			Title: Text{"Systems are watched for anomalies", "システムの異常を監視する"},
			Does:  Text{"Takes logs, runs rules over each event, opens signals.", "ログを受け取り、各イベントにルールを適用し、シグナルを開きます。"},
			Yours: Text{"Send all that matters.", "必要なログをすべて送ること。"},
		},
		{
			ID: "CC7.3", Part: Helps, Topics: []Topic{Signals, Held},
			Title: Text{"Events are judged: is it an incident?", "事象がインシデントかどうかを判断する"},
			Does:  Text{"Severity, evidence, triage with reason and history, targets for how soon somebody looks.", "深刻度、証拠、理由と履歴のあるトリアージ、確認までの目標時間。"},
			Yours: Text{"The judgement.", "判断そのもの。"},
		},
		{
			ID: "CC7.4", Part: Helps, Topics: []Topic{Responses, Notices, Signals},
			Title: Text{"Incidents are answered", "インシデントに対応する"},
			Does:  Text{"Tells people, blocks, contains, keeps evidence, with approval and undo.", "通知、遮断、封じ込め、証拠保全を、承認と取り消し付きで行います。"},
			Yours: Text{"The programme: roles, communication, lessons.", "体制、連絡、教訓の反映。"},
		},
		{
			ID: "CC7.5", Part: Helps, Topics: []Topic{Backups},
			Title: Text{"Recovery from incidents", "インシデントから復旧する"},
			Does:  Text{"Its own state is backed up while it runs and can be restored.", "自身の状態を稼働中にバックアップし、復元できます。"},
			Yours: Text{"The recovery of your systems.", "自組織のシステムの復旧。"},
		},
		{
			ID: "CC8.1", Part: Helps, Topics: []Topic{Trail, Rules},
			Title: Text{"Changes are authorised and tested", "変更を承認し、試験する"},
			Does:  Text{"Changes of rules in this server are in the audit trail; a rule can be tried over stored logs and simulated first.", "このサーバーのルール変更は監査証跡に残ります。保存済みログでの試行や、シミュレーションが先にできます。"},
			Yours: Text{"The change process of your systems.", "自組織の変更管理。"},
		},
		{
			ID: "A1.2", Part: Helps, Topics: []Topic{Backups},
			Title: Text{"Backups and means of recovery", "バックアップと復旧手段"},
			Does:  Text{"Backups of this server in one file.", "このサーバーを 1 ファイルにバックアップします。"},
			Yours: Text{"Where they are kept, and everything else.", "保管場所と、その他すべて。"},
		},
		{
			ID: "A1.3", Part: Organisation,
			Title: Text{"Recovery is tested", "復旧を試験する"},
			Yours: Text{"Restore a backup on another machine now and then.", "別の機械で定期的に復元してみること。"},
		},
		{
			ID: "C1.2", Part: Helps, Topics: []Topic{Retention}, Bounded: true,
			Title: Text{"Confidential information is disposed of in the end", "機密情報を最終的に廃棄する"},
			Does:  Text{"Removes logs by age, by source and by service.", "経過期間、送信元、サービスに応じてログを削除します。"},
			Yours: Text{"Set the limits, and dispose of backups.", "期限の設定と、バックアップの廃棄。"},
		},
		{
			ID: "CC1.1", Part: Organisation,
			Title: Text{"Integrity and ethical values", "誠実性と倫理観"},
			Yours: Text{"No program does that.", "プログラムにはできません。"},
		},
		{
			ID: "CC3.2", Part: Organisation,
			Title: Text{"Risks are identified and analysed", "リスクを識別し分析する"},
			Yours: Text{"Your risk assessment; signals and findings can feed it.", "リスク評価。シグナルと検出結果を材料にできます。"},
		},
		{
			ID: "CC9.2", Part: Organisation,
			Title: Text{"Risks from vendors and partners", "委託先と取引先のリスク"},
			Yours: Text{"Judge your vendors.", "委託先の評価。"},
		},
	}}
}
