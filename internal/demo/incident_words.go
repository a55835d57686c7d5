package demo

// IncidentWords are what a demo of containers says, as formats of package fmt.
type IncidentWords struct {
	// Engine wants the version of the engine and its API, Left how many things an earlier run
	// left, Unsensed why there is no sensor.
	Engine, Left, Unsensed string
	// Quiet stands where nothing is to be found, After wants a time, Also the same for what
	// another rule finds.
	Quiet, After, Also string
	// Contain wants the name of a container, Step what was done, how long it took and how,
	// Failed what was done and why it failed.
	Contain, Step, Failed string
	// Evidence wants the id, Captured the numbers of processes and files and the size, Problem
	// what could not be had, Verified the hash of the manifest, Changed what is wrong,
	// Released a time.
	Evidence, Captured, Problem, Verified, Changed, Released string
	// All wants the number of incidents and a time; Missed and Wrong want a title and a rule,
	// Wrong only the title, Uncontained why. Removed is said at the end.
	All, Missed, Wrong, Uncontained, Removed string
}

// WordsOfIncidents returns them in Japanese for "ja" and in English for any other language.
func WordsOfIncidents(lang string) IncidentWords {
	if lang == "ja" {
		return IncidentWords{
			Engine: "コンテナーエンジン %s(API %s)を監視します。", Left: "以前のデモの残り %d 件を削除しました。",
			Unsensed: "プロセスのセンサーは使えないため、採掘プログラムの場面は省きます: %s",
			Quiet:    "(検知なしが正解)", After: "コンテナーの起動から %s で検知", Also: "別のルールでも %s で検知",
			Contain: "封じ込め: %s", Step: "%s: %s(%s)", Failed: "%s: 失敗: %s",
			Evidence: "証拠 %s", Captured: "プロセス %d、ファイル %d、%d バイト", Problem: "取得できなかったもの: %s",
			Verified: "マニフェストを検証しました(SHA-256 %s)", Changed: "検証に失敗: %s", Released: "解除しました(%s)。コンテナーは動作を再開しました。",
			All: "%d 件すべてのインシデントを検知しました(全体で %s)。", Missed: "検知されませんでした: %s(ルール %s)", Wrong: "検知されないはずでした: %s",
			Uncontained: "封じ込めに失敗しました: %s", Removed: "作成したものはすべて削除しました。",
		}
	}
	return IncidentWords{
		Engine: "Watching the containers of the engine %s (API %s).", Left: "Removed %d things that an earlier demo had left.",
		Unsensed: "No sensor watches processes, so the miner is left out: %s",
		Quiet:    "(nothing is to be found)", After: "found %s after the start of the container", Also: "found by another rule, too, after %s",
		Contain: "Contained: %s", Step: "%s: %s (%s)", Failed: "%s failed: %s",
		Evidence: "evidence %s", Captured: "%d processes, %d files, %d bytes", Problem: "could not be had: %s",
		Verified: "the manifest is verified (SHA-256 %s)", Changed: "it is not as it was captured: %s", Released: "released in %s: the container goes on.",
		All: "All %d incidents were found, in %s altogether.", Missed: "was not found: %s (rule %s)", Wrong: "was not to be found: %s",
		Uncontained: "could not be contained: %s", Removed: "All that was made is removed.",
	}
}
