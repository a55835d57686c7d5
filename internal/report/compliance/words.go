package compliance

import (
	"fmt"

	"github.com/sasumata/sasumata/internal/report"
)

// words are the texts of the report in one language.
type words struct {
	Title, Note, About, Skip, Theme, Contents, Filter, End       string
	Does, Evidence, Open, Yours, Control, Requirement            string
	GapsTitle, NoGaps, Verdict, VerdictClean, TileGaps, TileOpen string
	TileShown, TileYours                                         string
	State                                                        map[State]string
	Part                                                         map[Part]string
}

func wordsOf(l report.Lang) *words {
	if l == report.Japanese {
		return &words{
			Title:    "コンプライアンス証跡レポート",
			Note:     "このレポートはサーバーのデータが示すことだけを述べます。準拠の証明でも監査意見でもありません。管理策の文言は要約であり、対象はログ・検知・アカウントに関わるものに限ります。",
			About:    "サーバー %s、期間 %s から %s、取得 %s",
			Skip:     "管理策へ移動",
			Theme:    "配色を切り替え",
			Contents: "目次", Filter: "状態", End: "Sasumata が作成しました。何も読み込まないページです。",
			Does: "製品が行うこと", Evidence: "証跡", Open: "未解決", Yours: "自組織で行うこと", Control: "管理策", Requirement: "内容",
			GapsTitle: "未解決の事項", NoGaps: "このサーバーが分かる範囲で、未解決の事項はありません。",
			Verdict: "未解決の事項が %d 件、%d の管理策にあります。", VerdictClean: "このサーバーが分かる範囲で、未解決の事項はありません。",
			TileGaps: "未解決の事項", TileOpen: "未解決のある管理策", TileShown: "証跡のある管理策", TileYours: "自組織の管理策",
			State: map[State]string{Gaps: "未解決あり", Shown: "証跡あり", Yours: "自組織"},
			Part:  map[Part]string{Product: "製品の機能で対応", Helps: "一部を支援", Organisation: "自組織"},
		}
	}
	return &words{
		Title:    "Compliance evidence report",
		Note:     "This report says what the data of the server says, and no more. It is no certificate and no opinion of an auditor. Controls are summarised in our own words, and only those are here that logs, detection and accounts have to do with.",
		About:    "Server %s, from %s to %s, read on %s",
		Skip:     "To the controls",
		Theme:    "Switch colours",
		Contents: "Contents", Filter: "State", End: "Made by Sasumata. This page loads nothing.",
		Does: "What the product does", Evidence: "Evidence", Open: "Open", Yours: "Your organisation", Control: "Control", Requirement: "What it wants",
		GapsTitle: "What is open", NoGaps: "Nothing is open that this server can know.",
		Verdict: "%d things are open, in %d controls.", VerdictClean: "Nothing is open that this server can know.",
		TileGaps: "Open things", TileOpen: "Controls with something open", TileShown: "Controls with evidence", TileYours: "Controls of your organisation",
		State: map[State]string{Gaps: "open", Shown: "evidence", Yours: "your organisation"},
		Part:  map[Part]string{Product: "by the product", Helps: "helped", Organisation: "your organisation"},
	}
}

func (w *words) about(f *Facts) string {
	return fmt.Sprintf(w.About, report.Cut(f.Server, 100), stamp(f.From), stamp(f.To), stamp(f.Taken))
}

func (w *words) verdict(r *Report) string {
	if len(r.Gaps) == 0 {
		return w.VerdictClean
	}
	controls, _, _ := r.counts()
	return fmt.Sprintf(w.Verdict, len(r.Gaps), controls)
}
