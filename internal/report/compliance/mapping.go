package compliance

import (
	"fmt"
	"io"
	"strings"

	"github.com/sasumata/sasumata/internal/report"
)

// WriteMap writes the page of the documentation: all controls, with what meets them.
func WriteMap(w io.Writer, l report.Lang) error {
	t := wordsOf(l)
	head := `# Compliance

Written by ` + "`sasumata compliance map --lang en`" + ` ([日本語](compliance.ja.md)). It says for controls of PCI DSS 4.0, SOC 2, GDPR and Japan's APPI what the product does, and what it leaves to you. It is no list of all controls: only those are here that logs, detection and the accounts of a server have to do with. The texts are our own; read the standards for what they demand. Nothing here says that anybody complies.

## The report

` + "```" + `
sasumata token create evidence --scopes manage,audit:read,signals:read --expires 1d --token-file admin.token
sasumata compliance report --token-file evidence.token --framework pci --from 90d --report evidence.html
sasumata compliance report --token-file evidence.token --framework all --lang ja -o markdown
sasumata compliance report --token-file evidence.token --from 2026-01-01T00:00:00Z --to 2026-04-01T00:00:00Z --fail-on-gaps -o json
` + "```" + `

It asks a running server. What is open is a finding; all that the data does not say is left to "your organisation". The audit trail and signals are those of the time from ` + "`--from`" + ` to ` + "`--to`" + `; users, tokens, limits, sources, suppressions and rules are as they are when it is asked, and numbers of sources and receivers count since the server started. What the token may not read is open as ` + "`not-read`" + `, never passed over. The report has names of users and tokens, and no secrets: keep it like the audit trail.

| output | |
|---|---|
| ` + "`-o text`, `markdown`, `html`, `json`" + ` | what is written to the standard output |
| ` + "`--report FILE`" + ` | a file besides, by its ending: .html, .md, .json, .txt; may be repeated |
| ` + "`--fail-on-gaps`" + ` | exit code 1 when something is open |

Exit codes: 0 done, 1 gaps with ` + "`--fail-on-gaps`" + `, 2 the command line or the token is wrong, 3 the server could not be reached or failed.

| part | means |
|---|---|
| by the product | the product has the means, if it is set up so |
| helped | the product does a part |
| your organisation | people have to; the report claims nothing |
`
	if l == report.Japanese {
		head = `# コンプライアンス

` + "`sasumata compliance map --lang ja`" + ` の出力です([English](compliance.md))。PCI DSS 4.0、SOC 2、GDPR、日本の個人情報保護法の管理策について、製品が行うことと、自組織に残ることを示します。すべての管理策の一覧ではなく、ログ・検知・サーバーのアカウントに関わるものに限ります。文言は独自の要約です。要求の内容は各規格・法令を確認してください。準拠を保証するものではありません。

## レポート

` + "```" + `
sasumata token create evidence --scopes manage,audit:read,signals:read --expires 1d --token-file admin.token
sasumata compliance report --token-file evidence.token --framework pci --from 90d --report evidence.html
sasumata compliance report --token-file evidence.token --framework all --lang ja -o markdown
sasumata compliance report --token-file evidence.token --from 2026-01-01T00:00:00Z --to 2026-04-01T00:00:00Z --fail-on-gaps -o json
` + "```" + `

稼働中のサーバーに問い合わせます。未解決の事項は検出結果として示し、データから言えないことは「自組織」とします。監査証跡とシグナルは ` + "`--from` から `--to`" + ` の期間のもの、利用者・トークン・保持期間・送信元・抑止・ルールは問い合わせ時点のもの、送信元と通知先の件数はサーバー起動後のものです。トークンの権限で読めないものは ` + "`not-read`" + ` として未解決になり、見過ごされません。レポートには利用者名とトークン名が含まれます(秘密情報は含みません)。監査証跡と同様に扱ってください。

| 出力 | |
|---|---|
| ` + "`-o text`、`markdown`、`html`、`json`" + ` | 標準出力に書く形式 |
| ` + "`--report FILE`" + ` | あわせて書くファイル。拡張子 .html、.md、.json、.txt で形式が決まる。複数可 |
| ` + "`--fail-on-gaps`" + ` | 未解決の事項があれば終了コード 1 |

終了コード: 0 完了、1 ` + "`--fail-on-gaps`" + ` で未解決あり、2 コマンドラインまたはトークンの誤り、3 サーバーに接続できないか失敗した。

| 区分 | 意味 |
|---|---|
| 製品の機能で対応 | そのように設定すれば製品に手段がある |
| 一部を支援 | 製品が一部を行う |
| 自組織 | 人が行う。レポートは何も主張しない |
`
	}
	var out strings.Builder
	out.WriteString(head)
	for _, f := range Frameworks() {
		fmt.Fprintf(&out, "\n## %s\n\n| %s | %s | | %s | %s | %s |\n|---|---|---|---|---|---|\n", f.Name.In(l), t.Control, t.Requirement, t.Does, t.Evidence, t.Yours)
		for i := range f.Controls {
			c := &f.Controls[i]
			topics := make([]string, 0, len(c.Topics))
			for _, topic := range c.Topics {
				topics = append(topics, "`"+string(topic)+"`")
			}
			fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s |\n", c.ID, c.Title.In(l), t.Part[c.Part], c.Does.In(l), strings.Join(topics, " "), c.Yours.In(l))
		}
	}
	return write(w, out.String())
}
