package compliance

// pci returns the controls of PCI DSS 4.0.
func pci() Framework {
	return Framework{"pci", Text{"PCI DSS 4.0", "PCI DSS 4.0"}, []Control{
		{
			ID: "6.3.1", Part: Helps, Topics: []Topic{Assets},
			Title: Text{"Vulnerabilities are found and ranked", "脆弱性を見つけ、順位を付ける"},
			Does:  Text{"Keeps what scanners found of each asset from run to run, with severity and known exploitation, and opens a signal for what is grave and new.", "スキャナーの検出結果を資産ごとに保持し、深刻度と悪用の有無を示し、新しい重大なものをシグナルにします。"},
			Yours: Text{"Run the scanners, rank by your own risk, and repair.", "スキャナーの実行、自組織のリスクによる順位付け、修正。"},
		},
		{
			ID: "8.2.1", Part: Helps, Topics: []Topic{Accounts},
			Title: Text{"Each user has an ID of their own", "利用者ごとに固有の ID がある"},
			Does:  Text{"Users of this server have names of their own, and the audit trail names them. No default account exists.", "このサーバーの利用者は固有の名前を持ち、監査証跡に残ります。初期アカウントはありません。"},
			Yours: Text{"All other systems, and that nobody shares an account.", "他のすべてのシステム。アカウントを共有しないこと。"},
		},
		{
			ID: "8.2.6", Part: Helps, Topics: []Topic{Accounts},
			Title: Text{"Accounts that nobody used for 90 days are removed or disabled", "90 日使われていないアカウントを削除または無効化する"},
			Does:  Text{"Knows when each user of this server signed in last; an account can be disabled or removed.", "このサーバーの各利用者の最終サインインを記録します。無効化も削除もできます。"},
			Yours: Text{"Disable or remove them, here and elsewhere.", "このサーバーと他のシステムで、無効化または削除すること。"},
		},
		{
			ID: "8.4.1", Part: Helps, Topics: []Topic{Factors},
			Title: Text{"Administrators sign in with more than one factor", "管理者は多要素で認証する"},
			Does:  Text{"Users of this server can have an authenticator app or passkeys, or sign in at a provider that asks for a second factor.", "このサーバーの利用者は認証アプリやパスキーを使うか、第二要素を求める認証プロバイダー経由でサインインできます。"},
			Yours: Text{"All other ways of administration, and what the provider asks for.", "他のすべての管理経路と、認証プロバイダー側の設定。"},
		},
		{
			ID: "8.6.3", Part: Helps, Topics: []Topic{Tokens},
			Title: Text{"Secrets of applications and system accounts are protected and changed", "アプリケーションとシステムアカウントの秘密情報を守り、定期的に変更する"},
			Does:  Text{"Tokens of this server are kept as hashes, may do only what their scopes say, and can expire.", "このサーバーのトークンはハッシュで保存され、スコープの範囲だけで働き、期限を付けられます。"},
			Yours: Text{"Decide how often they change, by a risk analysis.", "リスク分析にもとづき変更の頻度を決めること。"},
		},
		{
			ID: "10.2.1", Part: Helps, Topics: []Topic{Sources},
			Title: Text{"Audit logs are on for all components", "すべての構成要素で監査ログが有効である"},
			Does:  Text{"Takes the logs of what sends them, and says when a source falls silent or records were lost.", "送られてくるログを受け取り、送信元の沈黙やレコードの欠落を知らせます。"},
			Yours: Text{"Switch logging on everywhere in scope, and send it here.", "対象範囲のすべてでログを有効にし、このサーバーへ送ること。"},
		},
		{
			ID: "10.2.1.2", Part: Helps, Topics: []Topic{Trail},
			Title: Text{"What administrators do is logged", "管理者の操作を記録する"},
			Does:  Text{"Changes that users make in this server are in its audit trail, with who, when and what came of it. Those of other systems are found in their logs.", "このサーバーで利用者が行う変更は、誰が、いつ、結果はどうかとともに監査証跡に残ります。他のシステムの操作はそのログから検索できます。"},
			Yours: Text{"That other systems log what administrators do.", "他のシステムが管理者の操作を記録すること。"},
		},
		{
			ID: "10.2.1.4", Part: Helps, Topics: []Topic{Rules, Signals},
			Title: Text{"Refused access is logged", "拒否されたアクセスを記録する"},
			Does:  Text{"Logins that failed get the same attributes whatever wrote them, and rules look for guessing.", "失敗したログインは書き手によらず同じ属性になり、ルールが総当たりなどを探します。"},
			Yours: Text{"That all components log refused access.", "すべての構成要素が拒否されたアクセスを記録すること。"},
		},
		{
			ID: "10.2.1.5", Part: Helps, Topics: []Topic{Trail},
			Title: Text{"Changes of accounts and credentials are logged", "アカウントと認証情報の変更を記録する"},
			Does:  Text{"Users, roles, passwords, second factors and tokens of this server: each change is in the audit trail.", "このサーバーの利用者、ロール、パスワード、第二要素、トークンの変更は、すべて監査証跡に残ります。"},
			Yours: Text{"The same in all other systems.", "他のすべてのシステムでも同様にすること。"},
		},
		{
			ID: "10.3.1", Part: Helps, Topics: []Topic{Accounts, Tokens},
			Title: Text{"Only those who need it can read audit logs", "監査ログは必要な者だけが読める"},
			Does:  Text{"Reading wants a role or a token with that scope. Who has which is below.", "閲覧にはロールか、そのスコープを持つトークンが要ります。誰が何を持つかは下のとおりです。"},
			Yours: Text{"Decide who needs it, and protect the disk.", "必要な者を決め、ディスクを保護すること。"},
		},
		{
			ID: "10.3.2", Part: Helps, Topics: []Topic{Trail},
			Title: Text{"Audit logs cannot be changed by individuals", "個人が監査ログを変更できない"},
			Does:  Text{"No route of the server changes or deletes stored logs. Deleting with the command line is written to the audit trail.", "サーバーの API に保存済みログを変更・削除するものはありません。コマンドによる削除は監査証跡に残ります。"},
			Yours: Text{"Who may write to the server's disk and database.", "サーバーのディスクとデータベースに書き込める者の管理。"},
		},
		{
			ID: "10.3.3", Part: Helps, Topics: []Topic{Sources, Backups},
			Title: Text{"Logs are copied promptly to a central place", "ログを速やかに集中保管先へ複製する"},
			Does:  Text{"Takes logs as they are written, and syncs them to the disk before it acknowledges. Backups are made while it runs.", "書かれたログをその都度受け取り、ディスクへ同期してから受領を返します。稼働中にバックアップできます。"},
			Yours: Text{"Send all logs, and keep backups elsewhere.", "すべてのログを送り、バックアップを別の場所に置くこと。"},
		},
		{
			ID: "10.4.1.1", Part: Product, Topics: []Topic{Rules, Signals},
			Title: Text{"Logs are reviewed by automated means", "ログを自動的な仕組みで確認する"},
			Does:  Text{"Rules look at each event as it comes.", "ルールがすべてのイベントを到着時に調べます。"},
			Yours: Text{"Rules for what only your systems log.", "自組織のシステムに固有のログのためのルール。"},
		},
		{
			ID: "10.4.3", Part: Helps, Topics: []Topic{Signals, Held},
			Title: Text{"What the review finds is dealt with", "確認で見つかった異常に対処する"},
			Does:  Text{"Each signal has a time by which somebody is to look, a state, a reason and a history. What is held back has a reason.", "各シグナルに対応期限、状態、理由、履歴があります。抑止したものには理由が残ります。"},
			Yours: Text{"Look at them, and act.", "確認し、対処すること。"},
		},
		{
			ID: "10.5.1", Part: Product, Topics: []Topic{Retention}, Days: 365,
			Title: Text{"Audit logs are kept for 12 months, the last three at hand", "監査ログを 12 か月保持し、直近 3 か月はすぐに使える"},
			Does:  Text{"Keeps logs for as long as the configuration says; all that is kept can be searched at once.", "設定した期間ログを保持します。保持しているものはすべて即座に検索できます。"},
			Yours: Text{"Set store.max_age to 12 months or more, with a disk that holds it.", "store.max_age を 12 か月以上にし、足りるディスクを用意すること。"},
		},
		{
			ID: "10.6.1", Part: Helps, Topics: []Topic{Clocks},
			Title: Text{"Clocks are synchronised", "時刻を同期する"},
			Does:  Text{"Counts senders whose clocks are off by more than the limit of the configuration.", "設定した限度より時刻がずれた送信元を数えます。"},
			Yours: Text{"Synchronise the clocks.", "時刻を同期すること。"},
		},
		{
			ID: "10.7.2", Part: Helps, Topics: []Topic{Sources, Notices},
			Title: Text{"Failures of security controls are noticed and told", "セキュリティ管理策の故障を検知し、知らせる"},
			Does:  Text{"Notices silent sources, lost records and receivers that fail, and has metrics for all of it.", "送信元の沈黙、レコードの欠落、通知先の障害を検知し、すべてメトリクスにします。"},
			Yours: Text{"Watch the server itself from outside, and all other controls.", "サーバー自体を外から監視し、他の管理策も監視すること。"},
		},
		{
			ID: "11.5.1", Part: Helps, Topics: []Topic{Rules, Signals},
			Title: Text{"Intrusions are detected", "侵入を検知する"},
			Does:  Text{"Detects attacks in logs, and by its sensor in what processes do.", "ログと、センサーによるプロセスの動きから攻撃を検知します。"},
			Yours: Text{"Sensors of the network at the perimeter.", "境界でのネットワーク監視。"},
		},
		{
			ID: "12.10.5", Part: Helps, Topics: []Topic{Signals, Responses, Notices},
			Title: Text{"The plan for incidents covers alerts of monitoring systems", "インシデント対応計画が監視システムの警報を扱う"},
			Does:  Text{"Signals carry what to do, tell people by routes and escalation, and responses act on them.", "シグナルに対処法が付き、経路とエスカレーションに従って通知し、対応が実行されます。"},
			Yours: Text{"The plan, the people, and exercises.", "計画、人員、訓練。"},
		},
		{
			ID: "12.10.1", Part: Organisation,
			Title: Text{"There is a plan for incidents", "インシデント対応計画がある"},
			Yours: Text{"Write it, name who does what, test it every year. The runbooks of the product can be a part.", "計画を作り、役割を決め、毎年試すこと。製品のランブックを一部として使えます。"},
		},
		{
			ID: "12.10.3", Part: Organisation,
			Title: Text{"Somebody can be reached around the clock", "24 時間いつでも担当者に連絡できる"},
			Yours: Text{"Have such people; a rota of the product can name them.", "担当者を置くこと。製品の当番表に登録できます。"},
		},
	}}
}
