package demo

import "github.com/sasumata/sasumata/internal/container"

const (
	// ContainerLabel is on every container and image of a demo, and on nothing else.
	ContainerLabel = "io.github.sasumata.demo"
	// ContainerImage is the name of the image.
	ContainerImage = "sasumata-demo:latest"
	// containerPrefix is how the names of the containers begin.
	containerPrefix = "sasumata-demo-"
)

// The incidents of containers. Each is also the name by which a container is told what to do.
const (
	IncidentQuiet   = "quiet"
	IncidentBusy    = "busy"
	IncidentHog     = "hog"
	IncidentCrash   = "crash"
	IncidentWritten = "written"
	IncidentMiner   = "miner"
)

// Incident is a container that does something, and what is to be found about it.
type Incident struct {
	Step

	// Rule is the id of the rule that finds it; "" says that nothing is to be found.
	Rule string
	// Sensor says that it is seen by the sensor only.
	Sensor bool
	// Contained says that this container is contained when it was found.
	Contained bool
	// Container is what runs.
	Container container.Spec
}

// Incidents returns the incidents in the order in which they are provoked, in Japanese for
// "ja" and in English for any other language.
func Incidents(lang string) []Incident {
	texts := incidentsEN()
	if lang == "ja" {
		texts = incidentsJA()
	}
	all := make([]Incident, len(texts))
	for i, text := range texts {
		one := Incident{Step: text, Container: container.Spec{
			Name: containerPrefix + text.ID, Image: ContainerImage, Network: "none", Entrypoint: []string{"/" + programName, "demo", ProvokeCommand, text.ID},
			Labels: map[string]string{ContainerLabel: text.ID},
		}}
		switch c := &one.Container; text.ID {
		case IncidentBusy:
			one.Rule, c.CPUs = "container_cpu", 0.2 // the machine has other things to do
		case IncidentHog:
			one.Rule, c.Memory = "container_oom", hogLimit
			c.NoSwap = true
		case IncidentCrash:
			one.Rule, c.Retries = "container_crash_loop", 4
		case IncidentWritten:
			one.Rule, one.Contained = "container_written", true
			c.Network, c.Labels["sasumata.immutable"] = "default", "true"
		case IncidentMiner:
			one.Rule, one.Sensor = "miner", true
			c.Entrypoint = []string{"/" + minerName, "demo", ProvokeCommand, IncidentQuiet}
		}
		all[i] = one
	}
	return all
}

func incidentsEN() []Step {
	return []Step{
		{IncidentQuiet, "A quiet container", "It does nothing, and nothing is to be found about it."},
		{IncidentBusy, "A busy loop", "A container computes without a pause, up to its limit of a fifth of a core."},
		{IncidentHog, "A memory hog", "A container wants 256 MiB of memory and may have 96."},
		{IncidentCrash, "A crash loop", "A container ends with exit code 3, and the engine starts it again."},
		{IncidentWritten, "A dropped file", "A container whose files are not to change writes /tmp/dropped."},
		{IncidentMiner, "A miner", "A container starts a program by the name of xmrig."},
	}
}

func incidentsJA() []Step {
	return []Step{
		{IncidentQuiet, "静かなコンテナー", "何もしないコンテナーです。何も検知されないはずです。"},
		{IncidentBusy, "無限ループ", "コンテナーが休みなく計算し、CPU を上限(0.2 コア)まで使います。"},
		{IncidentHog, "メモリの使いすぎ", "上限 96 MiB のコンテナーが 256 MiB のメモリを使おうとします。"},
		{IncidentCrash, "クラッシュの繰り返し", "コンテナーが終了コード 3 で終了し、エンジンが起動し直します。"},
		{IncidentWritten, "ファイルの書き込み", "ファイルを変更しないはずのコンテナーが /tmp/dropped を書き込みます。"},
		{IncidentMiner, "採掘プログラム", "コンテナーが xmrig という名前のプログラムを起動します。"},
	}
}
