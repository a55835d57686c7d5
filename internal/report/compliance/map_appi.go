package compliance

// appi returns articles of Japan's Act on the Protection of Personal Information, with the
// numbers that they have since April 2022.
func appi() Framework {
	return Framework{"appi", Text{"APPI (Japan)", "個人情報保護法"}, []Control{
		{
			ID: "Art. 22", Part: Helps, Topics: []Topic{Retention}, Bounded: true,
			Title: Text{"Personal data is accurate, and erased without delay when no longer needed", "データ内容の正確性を保ち、不要になれば遅滞なく消去する"},
			Does:  Text{"Removes logs by age, by source and by service; single events with sasumata store delete.", "経過期間、送信元、サービスに応じてログを削除します。個別のイベントは sasumata store delete で消去できます。"},
			Yours: Text{"Decide how long you need them; backups.", "必要な期間の決定と、バックアップの扱い。"},
		},
		{
			ID: "Art. 23", Part: Helps, Topics: []Topic{Factors, Accounts, Tokens, Trail, Sources, Rules, Signals},
			Title: Text{"Security control measures", "安全管理措置"},
			Does:  Text{"The technical part: access control and authentication of this server, detection of intrusions, records of what users do.", "技術的措置の一部: このサーバーのアクセス制御と認証、不正アクセスの検知、操作の記録。"},
			Yours: Text{"Policies, organisation, people, premises, foreign conditions, and the technical measures of all other systems.", "基本方針、規律、組織的・人的・物理的措置、外的環境の把握、他のすべてのシステムの技術的措置。"},
		},
		{
			ID: "Art. 24", Part: Helps, Topics: []Topic{Trail, Accounts},
			Title: Text{"Supervision of employees", "従業者の監督"},
			Does:  Text{"Shows what users changed in this server, and what the logs of other systems say of theirs.", "このサーバーで利用者が行った変更と、他のシステムのログにある操作を示します。"},
			Yours: Text{"Rules, training, and telling employees that they are monitored.", "規程、教育、モニタリングの周知。"},
		},
		{
			ID: "Art. 26", Part: Helps, Topics: []Topic{Signals, Notices},
			Title: Text{"Leaks are reported to the commission and told to the people concerned", "漏えい等を委員会へ報告し、本人へ通知する"},
			Does:  Text{"Finds what may be a leak, says when it began and was looked at, and keeps the history.", "漏えいの可能性を検知し、開始と確認の時刻を示し、履歴を残します。"},
			Yours: Text{"Judge, report in time, tell the people.", "判断、期限内の報告、本人への通知。"},
		},
		{
			ID: "Art. 25", Part: Organisation,
			Title: Text{"Supervision of those who are entrusted", "委託先の監督"},
			Yours: Text{"Choose, contract, and check them.", "選定、契約、状況の確認。"},
		},
		{
			ID: "Art. 27", Part: Organisation,
			Title: Text{"Providing data to third parties", "第三者提供の制限"},
			Yours: Text{"Consent. Think of whom notices and responses send data to.", "本人の同意。通知や対応の送信先も確認すること。"},
		},
		{
			ID: "Art. 28", Part: Organisation,
			Title: Text{"Providing data to third parties abroad", "外国にある第三者への提供の制限"},
			Yours: Text{"Consent or equivalent measures. Think of whom notices and responses send data to.", "本人の同意または相当措置。通知や対応の送信先も確認すること。"},
		},
		{
			ID: "Art. 33", Part: Organisation,
			Title: Text{"Disclosure to the person", "本人への開示"},
			Yours: Text{"Answer requests; searches find what the logs hold.", "請求への対応。ログの内容は検索で見つけられます。"},
		},
	}}
}
