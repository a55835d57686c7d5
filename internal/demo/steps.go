package demo

// Step describes one attack of the day to the people who watch.
type Step struct {
	// ID is what Line.Step holds.
	ID string
	// Title names the attack in a few words.
	Title string
	// Text says in a sentence what happens.
	Text string
}

// Steps returns the attacks in the order in which they begin, in Japanese for
// "ja" and in English for any other language.
func Steps(lang string) []Step {
	if lang == "ja" {
		return stepsJA()
	}
	return stepsEN()
}

func stepsEN() []Step {
	return []Step{
		{StepNightLogin, "Login at an unusual hour", "Somebody logs in as shop-admin a little after three in the morning and exports the customers."},
		{StepBlocklist, "Blocklisted address", "An address on the blocklist looks around in the shop."},
		{StepSSHBruteForce, "Brute force over SSH", "One address guesses passwords of root and of users that do not exist."},
		{StepBruteForce, "Brute force with success", "One address guesses the password of admin eight times, and then it is right."},
		{StepSQLInjection, "SQL injection", "A scanner puts SQL into the parameters of product and search pages."},
		{StepRateLimit, "Rate limit", "One client asks for more than 100 pages a minute."},
		{StepPathTraversal, "Path traversal", "Somebody tries to read /etc/passwd through the download page, plain and encoded."},
		{StepXSS, "Cross-site scripting", "Somebody puts scripts into the search, one of them encoded twice."},
		{StepCommandInjection, "Command injection", "Somebody appends shell commands to the address that a tool page pings."},
		{StepCredentialStuffing, "Credential stuffing", "Stolen names and passwords are tried on sixty accounts; two fit."},
		{StepPasswordSpraying, "Password spraying", "One password is tried slowly on twenty accounts of the machine, each once."},
	}
}

func stepsJA() []Step {
	return []Step{
		{StepNightLogin, "通常と異なる時間帯のログイン", "午前3時過ぎに shop-admin でログインがあり、顧客データが書き出されます。"},
		{StepBlocklist, "ブラックリストのIPアドレス", "ブラックリストに載っているアドレスがショップを閲覧します。"},
		{StepSSHBruteForce, "SSHへのブルートフォース攻撃", "1つのアドレスが root や存在しないユーザーのパスワードを次々に試します。"},
		{StepBruteForce, "ブルートフォース攻撃(成功)", "1つのアドレスが admin のパスワードを8回間違えた後、ログインに成功します。"},
		{StepSQLInjection, "SQLインジェクション", "スキャナーが商品ページと検索のパラメータにSQLを埋め込みます。"},
		{StepRateLimit, "レート制限違反", "1つのクライアントが1分間に100件を超えるリクエストを送ります。"},
		{StepPathTraversal, "パストラバーサル", "ダウンロードページから /etc/passwd を読もうとします(エンコードされたものを含む)。"},
		{StepXSS, "クロスサイトスクリプティング", "検索欄にスクリプトを埋め込みます。1つは二重にエンコードされています。"},
		{StepCommandInjection, "コマンドインジェクション", "ping ツールの宛先にシェルコマンドを付け足します。"},
		{StepCredentialStuffing, "クレデンシャルスタッフィング", "流出したIDとパスワードの組を60のアカウントで試し、2つが一致します。"},
		{StepPasswordSpraying, "パスワードスプレー攻撃", "1つのパスワードを、サーバーの20のアカウントで1回ずつゆっくり試します。"},
	}
}
