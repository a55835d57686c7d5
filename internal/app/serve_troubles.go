package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/disk"
	"github.com/sasumata/sasumata/internal/signal"
)

// trouble is something that is wrong with the server itself, or with what it hears. It
// becomes a signal, which closes when it is over.
type trouble struct {
	rule     string // its id
	title    [2]string
	about    string // the source, "" for the server
	severity signal.Severity
	message  [2]string // in English and Japanese
}

func (t *trouble) key() string { return t.rule + " " + t.about }

// Limits of what is no trouble.
const (
	// troublesEvery is how often the server looks at itself.
	troublesEvery = time.Minute
	// unparsedOf is how many events a check needs, to tell that hardly any is understood.
	unparsedOf = 1000
	// troublesRunbook says what to do about all of them.
	troublesRunbook = "server/trouble.md"
)

// troubleWatch finds out what is wrong. It belongs to one goroutine.
type troubleWatch struct {
	server *Server
	open   map[string]*signal.Signal
	before [7]int64 // counters at the last check
	lost   int64    // events of the sensor, until then
	seen   int64    // events until then
}

// watchTroubles tells detection what is wrong, until the context is done.
func (s *Server) watchTroubles(ctx context.Context, every time.Duration) {
	w := troubleWatch{server: s, open: map[string]*signal.Signal{}}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.consumer.tell(w.ended())
			return
		case <-tick.C:
			s.consumer.tell(w.check(ctx))
		}
	}
}

// ended closes what is open: nobody looks any more.
func (w *troubleWatch) ended() (news []signal.Finding) {
	now := w.server.opts.Now().UnixNano()
	for _, key := range slices.Sorted(maps.Keys(w.open)) {
		w.open[key].Closed = now
		news = append(news, signal.Finding{Change: signal.Closed, Signal: w.open[key]})
	}
	return news
}

// check returns what began and what ended since the last one.
func (w *troubleWatch) check(ctx context.Context) (news []signal.Finding) {
	now := w.server.opts.Now().UnixNano()
	found := map[string]bool{}
	for _, t := range w.troubles(ctx) {
		key := t.key()
		found[key] = true
		if open := w.open[key]; open != nil {
			open.LastSeen = now
			continue
		}
		one := t.signal(now)
		w.open[key] = one
		news = append(news, signal.Finding{Change: signal.Opened, Signal: snapshotOf(one)})
	}
	for _, key := range slices.Sorted(maps.Keys(w.open)) {
		if !found[key] {
			w.open[key].Closed = now
			news = append(news, signal.Finding{Change: signal.Closed, Signal: w.open[key]})
			delete(w.open, key)
		}
	}
	return news
}

func snapshotOf(s *signal.Signal) *signal.Signal {
	c := *s
	return &c
}

func (t *trouble) signal(now int64) *signal.Signal {
	s := &signal.Signal{
		RuleID: t.rule, Rule: t.title[0], RuleJA: t.title[1], Title: t.title[0], Severity: t.severity, Category: "monitoring",
		Message: t.message[0], MessageJA: t.message[1], FirstSeen: now, LastSeen: now, Time: now, Events: 1,
		Tags: []string{"source:sasumata", "category:monitoring"}, Runbook: troublesRunbook,
	}
	if t.about != "" {
		s.Group = []signal.GroupValue{{Path: "source", Value: t.about}}
		s.Entities = []signal.Entity{{Kind: signal.KindValue, Value: t.about, Events: 1}}
	}
	s.ID = signal.NewID(t.rule, s.Group, now, 0, t.message[0])
	return s
}

// troubles returns what is wrong now.
func (w *troubleWatch) troubles(ctx context.Context) []trouble {
	all := w.silent()
	all = append(all, w.counted()...)
	all = append(all, w.skewed()...)
	all = append(all, w.sensing()...)
	if free := w.room(); free != nil {
		all = append(all, *free)
	}
	if err := w.server.database.Health(ctx); err != nil && ctx.Err() == nil {
		w.server.log.ErrorContext(ctx, "the state database cannot be written", "error", err)
		all = append(all, trouble{
			rule: "sasumata_database_failed", title: [2]string{"The state database fails", "状態データベースに書き込めない"}, severity: signal.High,
			message: [2]string{
				"What people decide cannot be written down until the state database answers again. The log of the server says why.",
				"状態データベースが応答するまで、操作や判断を記録できません。理由はサーバーのログにあります。",
			},
		})
	}
	if err := w.server.respond.Health(); err != nil {
		all = append(all, trouble{
			rule: "sasumata_respond_failed", title: [2]string{"Responses cannot be done", "対処を実行できない"}, severity: signal.High,
			message: [2]string{
				fmt.Sprintf("Nothing is blocked on this machine until this is put right: %s", err),
				fmt.Sprintf("次の問題が解消するまで、このマシンでは遮断できません: %s", err),
			},
		})
	}
	if !w.server.queue.Connected() {
		all = append(all, trouble{
			rule: "sasumata_queue_away", title: [2]string{"The queue cannot be reached", "キューに接続できない"}, severity: signal.High, message: [2]string{
				"The NATS servers of the queue do not answer. Senders have to wait, and packets are lost.",
				"キューの NATS サーバーが応答しません。送信側が待たされ、UDP のパケットが失われています。",
			},
		})
	}
	if stats, err := w.server.queue.Stats(ctx); err == nil {
		if lag := w.server.lag(stats); lag > w.server.cfg().Troubles.DetectionLag.Seconds() {
			all = append(all, trouble{
				rule: "sasumata_detection_lag", title: [2]string{"Detection is late", "検知が遅れている"}, severity: signal.Medium,
				message: [2]string{
					fmt.Sprintf("Events are looked at %.0f seconds after they came: more comes than the machine can detect in.", lag),
					fmt.Sprintf("イベントが届いてから検知まで %.0f 秒かかっています。処理能力を超える量が届いています。", lag),
				},
			})
		}
	}
	return all
}

// silent returns the sources that say nothing.
func (w *troubleWatch) silent() (all []trouble) {
	after := w.server.cfg().SilentAfter
	for _, one := range w.server.sources() {
		if one.silent.Load() && one.counters.Last.Load() > 0 { // what never spoke is not told again and again
			all = append(all, trouble{
				rule: "sasumata_source_silent", title: [2]string{"A source is silent", "ログが届いていない"}, about: one.name, severity: signal.Low,
				message: [2]string{
					fmt.Sprintf("Nothing has come from %s for more than %s. Whoever breaks in switches logs off.", one.name, after),
					fmt.Sprintf("%s から %s 以上ログが届いていません。侵入者はログを止めることがあります。", one.name, after),
				},
			})
		}
	}
	return all
}

// counted returns what a counter told of since the last check.
func (w *troubleWatch) counted() (all []trouble) {
	m := &w.server.metrics
	now := [...]int64{m.full.Load(), m.storeErrors.Load(), m.stateErrors.Load(), m.damaged.Load(), m.dead.Load(), m.forgotten.Load(), m.unparsed.Load()}
	grew := func(i int) bool { return now[i] > w.before[i] }
	for i, t := range [...]trouble{
		{rule: "sasumata_queue_full", title: [2]string{"The queue is full", "キューが一杯"}, severity: signal.High, message: [2]string{
			"Senders have to wait, and packets are lost: the queue or its disk has no room.",
			"キューまたはディスクに空きがなく、送信側が待たされ、UDP のパケットが失われています。",
		}},
		{rule: "sasumata_store_failed", title: [2]string{"Logs cannot be stored", "ログを保存できない"}, severity: signal.High, message: [2]string{
			"The log store could not be written. The queue keeps the events until it can.",
			"ログストアに書き込めません。書き込めるまでキューがイベントを保持します。",
		}},
		{rule: "sasumata_state_failed", title: [2]string{"The state cannot be stored", "状態を保存できない"}, severity: signal.High, message: [2]string{
			"What detection knows could not be written to the disk. After a restart, what came since is gone through again.",
			"検知の状態をディスクに書き込めません。再起動後、それ以降のログをもう一度処理します。",
		}},
		{rule: "sasumata_batch_damaged", title: [2]string{"A batch is damaged", "キューのデータが壊れている"}, severity: signal.High, message: [2]string{
			"A batch of the queue could not be read: its records are lost.",
			"キューのデータの一部が読めず、含まれていたログは失われました。",
		}},
		{rule: "sasumata_dead_letter", title: [2]string{"A record is set aside", "処理できないログがある"}, severity: signal.High, message: [2]string{
			"The program failed at a record, which is a fault of ours: please report it. It was not looked at, and is among the dead letters: sasumata dead list.",
			"処理できないログがありました（本ソフトウェアの不具合です。ご報告ください）。検査されずに保存されています（sasumata dead list で確認できます）。",
		}},
		{rule: "sasumata_queue_forgot", title: [2]string{"The queue forgot batches", "キューのデータが失われた"}, severity: signal.High, message: [2]string{
			"The queue did not know its newest batches when the server started, as after a power cut: what was in them and behind them may be lost.",
			"起動時にキューの最新のデータが失われていました（停電など）。その中のログは失われた可能性があります。",
		}},
	} {
		if grew(i) {
			all = append(all, t)
		}
	}
	events := m.events.Load()
	if unparsed := now[6] - w.before[6]; events-w.seen >= unparsedOf && 2*unparsed > events-w.seen {
		all = append(all, trouble{
			rule: "sasumata_unparsed", title: [2]string{"Hardly any event is understood", "解釈できないログが多い"}, severity: signal.Low,
			message: [2]string{
				fmt.Sprintf("Nothing was understood of %d of the last %d events: rules cannot look at their fields.", unparsed, events-w.seen),
				fmt.Sprintf("直近の %[2]d 件のうち %[1]d 件を解釈できませんでした。これらのフィールドはルールで検査されません。", unparsed, events-w.seen),
			},
		})
	}
	copy(w.before[:], now[:])
	w.seen = events
	return all
}

// room returns what is wrong when the disk is nearly full.
func (w *troubleWatch) room() *trouble {
	c := w.server.cfg()
	least := cmp.Or(c.Store.MinFree, config.DefaultMinFree)
	free, err := disk.Free(c.Data)
	if err != nil || free >= uint64(least) {
		return nil
	}
	return &trouble{
		rule: "sasumata_disk_full", title: [2]string{"The disk is nearly full", "ディスクの空きが少ない"}, severity: signal.High,
		message: [2]string{
			fmt.Sprintf("The disk of %s has %d MiB left. The oldest logs are removed; when none are old enough, senders have to wait.", c.Data, free>>20),
			fmt.Sprintf("%s のディスクの空きが残り %d MiB です。古いログから削除し、削除できるものがなければ送信側を待たせます。", c.Data, free>>20),
		},
	}
}
