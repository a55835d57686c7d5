package posture

import "strings"

// translated are the texts of a check in Japanese; empty ones stay English.
type translated struct{ title, why, fix string }

// trivyJapanese returns those of the checks of Trivy that ours do not replace.
func trivyJapanese(id string) translated {
	switch id {
	case "KSV032":
		return registryIn("Azure Container Registry (*.azurecr.io)")
	case "KSV033":
		return registryIn("Google のレジストリー (gcr.io)")
	case "KSV035":
		return registryIn("Amazon ECR")
	case "KSV034":
		return translated{"公開レジストリーのイメージの使用", "コンテナーイメージが公開レジストリーから、またはレジストリー名なしで指定されています。", "非公開のレジストリーのイメージを使用してください。"}
	case "KSV108":
		return translated{"外部 IP を持つ Service", "externalIPs を持つ Service はインターネットから直接アクセスでき、CVE-2020-8554 の危険があります。", "spec.externalIPs を設定しないでください。"}
	case "KSV115":
		return translated{"EKS の IAM 認証 ConfigMap の管理権限", "ConfigMap aws-auth を変更できると、AWS の IAM を RBAC に結び付けて権限を得られます。", "ConfigMap aws-auth に対する書き込み系の動詞をロールから外してください。"}
	case "KSV117":
		return translated{"特権ポートの使用", "1024 未満のポートは特権を要するデータをやり取りします。コンテナーに使わせると影響が大きくなります。", "コンテナーのポートには 1024 以上を使用してください。"}
	case "KSV124":
		return translated{"前方一致で曖昧な Gatekeeper のリポジトリー指定", "イメージのリポジトリーを前方一致で照合する Gatekeeper ポリシーの指定が曖昧で、意図しないリポジトリーに一致するおそれがあります。", "リポジトリーの指定を「/」などで終えて、意図しないものに一致しないようにしてください。"}
	case "KCV0003":
		return translated{"アドミッションプラグイン DenyServiceExternalIPs の有効化", "このプラグインは Service の externalIPs の新規使用を拒否します。", "API サーバーの Pod 定義で、有効なアドミッションプラグインから DenyServiceExternalIPs を外してください。"}
	}
	subject, check, ok := nodeFile(id)
	if !ok {
		return translated{}
	}
	owner, isOwner := strings.CutPrefix(check, "owner ")
	if isOwner {
		return translated{subject + "の所有者", subject + "の所有者は " + owner + " である必要があります。", "所有者を " + owner + " に変更してください (chown)。"}
	}
	return translated{subject + "のアクセス権", subject + "のアクセス権は " + check + " 以下 (より厳しい値) である必要があります。", "アクセス権を " + check + " に変更してください (chmod)。"}
}

func registryIn(name string) translated {
	return translated{name + " 以外のレジストリーのイメージ", "許可されたレジストリー以外のイメージは禁止することが望まれます。", name + " のイメージを使用してください。"}
}

// nodeFile says which file of a node a check looks at, and which mode or owner it wants.
func nodeFile(id string) (subject, want string, ok bool) {
	switch id {
	case "KCV0048":
		return "API サーバーの Pod 定義ファイル", "600", true
	case "KCV0049":
		return "API サーバーの Pod 定義ファイル", "owner root:root", true
	case "KCV0058":
		return "etcd のデータディレクトリー", "700", true
	case "KCV0059":
		return "etcd のデータディレクトリー", "owner etcd:etcd", true
	case "KCV0060":
		return "管理者用設定ファイル (admin.conf)", "600", true
	case "KCV0061":
		return "管理者用設定ファイル (admin.conf)", "owner root:root", true
	case "KCV0062":
		return "スケジューラーの設定ファイル", "600", true
	case "KCV0063":
		return "スケジューラーの設定ファイル", "owner root:root", true
	case "KCV0064":
		return "コントローラーマネージャーの設定ファイル", "600", true
	case "KCV0065":
		return "コントローラーマネージャーの設定ファイル", "owner root:root", true
	case "KCV0066":
		return "Kubernetes の PKI ディレクトリーとファイル", "owner root:root", true
	case "KCV0067":
		return "Kubernetes の PKI 鍵ファイル", "600", true
	case "KCV0068":
		return "Kubernetes の PKI 証明書ファイル", "600", true
	case "KCV0069":
		return "kubelet のサービスファイル", "600", true
	case "KCV0070":
		return "kubelet のサービスファイル", "owner root:root", true
	case "KCV0071":
		return "kube-proxy の kubeconfig ファイル", "600", true
	case "KCV0072":
		return "kube-proxy の kubeconfig ファイル", "owner root:root", true
	case "KCV0073":
		return "kubelet の設定ファイル (kubelet.conf)", "600", true
	case "KCV0074":
		return "kubelet の設定ファイル (kubelet.conf)", "owner root:root", true
	case "KCV0075":
		return "認証局のファイル", "600", true
	case "KCV0076":
		return "クライアント認証局のファイル", "owner root:root", true
	case "KCV0077":
		return "kubelet の設定ファイル (config.yaml)", "600", true
	case "KCV0078":
		return "kubelet の設定ファイル (config.yaml)", "owner root:root", true
	default:
		return "", "", false
	}
}
