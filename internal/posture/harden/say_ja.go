package harden

// japanese returns the Japanese of a text; "" when there is none.
func japanese(format string) string {
	switch format {
	case "Programs with the setuid bit give no process more rights.":
		return "setuid ビットの付いたプログラムで権限が増えなくなります。"
	case "The programs of the container cannot be replaced; /tmp stays writable. Not observed: other folders may be written, too.":
		return "コンテナのプログラムを置き換えられなくなります。/tmp には書き込めます。観測していないため、他のフォルダーにも書いている可能性があります。"
	case "The programs of the container cannot be replaced; what %s writes stays writable.":
		return "コンテナのプログラムを置き換えられなくなります。%s が書く場所には書き込めます。"
	case "The programs of the container cannot be replaced; the folders that were seen to be written stay writable.":
		return "コンテナのプログラムを置き換えられなくなります。書き込みが観測されたフォルダーには書き込めます。"
	case "writes to %d folders of its image: give it volumes for them before making it read-only":
		return "イメージの %d 個のフォルダーに書いています。読み取り専用にする前に、ボリュームを割り当ててください"
	case "What is written goes to memory, and no program can be started from there.":
		return "書き込みはメモリーに置かれ、そこからプログラムは起動できません。"
	case "None of the 14 capabilities that a container has by default is kept.":
		return "コンテナが既定で持つ 14 のケーパビリティを 1 つも残しません。"
	case "Its port is below 1024.":
		return "1024 未満のポートを使います。"
	case "What %s needs to start and to become its own user.":
		return "%s の起動と、専用ユーザーへの切り替えに必要です。"
	case "These, and no others, were used while it was watched, from its start on.":
		return "起動からの観測中に使われたのは、これらだけです。"
	case "These were used while it was watched; what it needs to start was not seen.":
		return "観測中に使われたものです。起動時に必要なものは観測されていません。"
	case "What was used while it was watched is added.":
		return "観測中に使われたものも加えています。"
	case "is given %s, which it did not use while it was watched, from its start on":
		return "%s が与えられていますが、起動からの観測中には使われませんでした"
	case "Its processes were only seen as this user.":
		return "プロセスはこのユーザーとしてのみ観測されました。"
	case "%s starts as root and becomes its own user by itself":
		return "%s は root で起動し、自分で専用ユーザーに切り替えます"
	case "The image of %s has this user; files in volumes must be its own.":
		return "%s のイメージにあるユーザーです。ボリューム内のファイルはこのユーザーの所有である必要があります。"
	case `runs as the user of its image, or root: add user: "10001:10001" once its files belong to that user`:
		return `イメージのユーザーか root で動作します。ファイルの所有者を変えてから user: "10001:10001" を加えてください`
	case "A service that goes wrong cannot take the machine. These are guesses: observe it, or set them yourself.":
		return "異常なサービスがマシン全体を使い切れなくなります。値は推測です。観測するか、自分で設定してください。"
	case "Twice what was seen: %d MiB and %d processes.":
		return "観測された値 (%d MiB、%d プロセス) の 2 倍です。"
	case "Only programs of this machine, such as a reverse proxy, reach the port; 80 and 443 stay as they are.":
		return "リバースプロキシなど、このマシンのプログラムだけがポートに接続できます。80 と 443 はそのままです。"
	case "has no health check: write one that asks the service":
		return "ヘルスチェックがありません。サービスに問い合わせるものを書いてください"
	case "A service that hangs is seen.":
		return "応答しなくなったサービスが分かります。"
	case "%s holds a literal credential: the image is not known to read it from a file; take it from the environment (${%s}) at least":
		return "%s に認証情報が直接書かれています。このイメージがファイルから読めるかは分かりません。少なくとも環境変数 (${%s}) から渡してください"
	case "The password is no longer in docker inspect and the files of the project.":
		return "パスワードが docker inspect とプロジェクトのファイルに残らなくなります。"
	case "Only this service can read it.":
		return "このサービスだけが読めます。"
	case "is privileged: remove that by hand, it makes most of the rest worthless":
		return "privileged です。他の対策の多くが無意味になるため、手で削除してください"
	case "mounts %s, which reaches the container engine":
		return "%s をマウントしており、コンテナエンジンに手が届きます"
	case "mounts %s of the host":
		return "ホストの %s をマウントしています"
	case "uses the %s namespace of the host":
		return "ホストの %s 名前空間を使っています"
	case "its image %s is not pinned by a digest":
		return "イメージ %s がダイジェストで固定されていません"
	case "taken back: the service did not start with it: %s":
		return "取り消し: この変更ではサービスが起動しませんでした: %s"
	case "not verified: %s":
		return "未確認: %s"
	case "verified: the service starts with what is proposed":
		return "確認済み: 提案どおりでサービスが起動します"
	case "tried without: %s":
		return "試行から除いたもの: %s"
	case "Written by sasumata harden, to be laid over %s:":
		return "sasumata harden が作成。%s に重ねて使います:"
	case "!override and !reset need Docker Compose 2.24 or newer.":
		return "!override と !reset には Docker Compose 2.24 以降が必要です。"
	case "Nobody on it needs a way out of this machine through it.":
		return "このネットワークから外に出る必要のあるサービスはありません。"
	case " (try it)":
		return " (要確認)"
	case "network %s":
		return "ネットワーク %s"
	case "Before it is started, these files have to hold the passwords, one each and nothing else (mode 600, not in version control):":
		return "起動の前に、次のファイルにパスワードだけを 1 つずつ書いてください (モード 600、バージョン管理の対象外に):"
	case "line %d: pin %s by its digest: docker buildx imagetools inspect %s shows it":
		return "%d 行目: %s をダイジェストで固定してください (docker buildx imagetools inspect %s で分かります)"
	case "COPY does nothing but copy; ADD unpacks and downloads.":
		return "COPY はコピーだけを行います。ADD は展開やダウンロードも行います。"
	case "Packages that nobody asked for are left out.":
		return "指定していないパッケージを除きます。"
	case "The index of packages does not stay in the image.":
		return "パッケージの索引がイメージに残りません。"
	case "Downloads do not stay in the image.":
		return "ダウンロードしたものがイメージに残りません。"
	case "build with CGO_ENABLED=0: the last stage has no C library":
		return "最後のステージには C ライブラリがないため、CGO_ENABLED=0 でビルドしてください"
	case "%s holds compilers and tools: build in a stage of its own and copy what runs into a smaller image":
		return "%s にはコンパイラーやツールが入っています。別のステージでビルドし、実行するものだけを小さなイメージにコピーしてください"
	case "This stage builds; it does not run.":
		return "ビルド専用のステージです。"
	case "What runs has no compiler, no shell where that can be, and only what it needs.":
		return "実行するイメージにはコンパイラーがなく、可能ならシェルもなく、必要なものだけが入ります。"
	case "ENV, EXPOSE, LABEL and files that are needed to run belong behind the second FROM":
		return "実行に必要な ENV、EXPOSE、LABEL とファイルは 2 つ目の FROM の後に書いてください"
	case "What runs is not root. A number needs no account.":
		return "root 以外で実行します。番号ならアカウントは不要です。"
	case "What runs is not root. A number needs no account; folders that it writes have to be its own (COPY --chown).":
		return "root 以外で実行します。番号ならアカウントは不要です。書き込むフォルダーはこのユーザーの所有にしてください (COPY --chown)。"
	case "it had too little memory":
		return "メモリーが足りませんでした"
	case "it ended with exit code %d %s":
		return "終了コード %d で終了しました %s"
	case "its health check did not succeed within %v":
		return "%v 以内にヘルスチェックが成功しませんでした"
	case "its output cannot be read: %v":
		return "出力を読めません: %v"
	case "the change of %s":
		return "%s の変更"
	case "%s does not start with all that is proposed: looking for what breaks it":
		return "%s は提案すべてを適用すると起動しません。原因を探しています"
	case "it does not start any more as it is: %s":
		return "現状のままでも起動しなくなりました: %s"
	case "it starts at one time and not at another: %s":
		return "起動したりしなかったりします: %s"
	case "starting %d services for trial, with names that begin with %s":
		return "%d 個のサービスを試しに起動します (名前の先頭は %s)"
	case "its image %s is not on this machine, and nothing is pulled":
		return "イメージ %s がこのマシンにありません (取得は行いません)"
	case "it does not start as it is: %s":
		return "現状のままでは起動しません: %s"
	case "it is privileged: a trial must not change this machine":
		return "privileged のため、このマシンを変えないよう試行しません"
	case "observed %d services of the project %s for %v":
		return "プロジェクトのサービス %[1]d 個を観測しました (%[2]s、%[3]v)"
	case "which capabilities are used is not observed: the engine is not on this machine":
		return "使われるケーパビリティは観測しません: エンジンがこのマシンにありません"
	case "which capabilities are used is not observed: %v":
		return "使われるケーパビリティは観測しません: %v"
	case "which capabilities are used was not observed to the end: %v":
		return "使われるケーパビリティを最後まで観測できませんでした: %v"
	case "which capabilities these need to start was not seen, restart them during the observation: %s":
		return "次のサービスは、起動時に必要なケーパビリティが観測されていません。観測中に再起動してください: %s"
	case "wrote %s: try it with docker compose -f %s -f %s up -d":
		return "%s に書き込みました。docker compose -f %s -f %s up -d で試してください"
	default:
		return ""
	}
}
