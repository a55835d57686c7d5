//go:build linux

package sensor

import (
	"context"
	"log/slog"
	"os/exec"
	"testing"
	"time"

	"github.com/cilium/ebpf"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// BenchmarkKernel tells what the programs in the kernel cost, each time that they run, while
// programs start one after the other. An operation is one that starts.
func BenchmarkKernel(b *testing.B) {
	if why, _ := tryEBPF(); why != "" {
		b.Skip("SKIPPED: " + why)
	}
	stats, err := ebpf.EnableStats(0) // BPF_STATS_RUN_TIME
	if err != nil {
		b.Skipf("SKIPPED: the kernel does not measure: %v", err)
	}
	defer stats.Close()
	s, err := New(b.Context(), Options{
		Config: Config{Mode: string(EBPF), BufferBytes: DefaultBuffer}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Put: func(context.Context, []record.Record) error { return nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for b.Loop() {
		if err := exec.Command("/bin/true").Run(); err != nil {
			b.Fatal(err)
		}
	}
	for name, program := range s.watch.(*kernelWatch).all.Programs {
		if info, err := program.Stats(); err == nil && info.RunCount > 0 {
			b.ReportMetric(float64(info.Runtime.Nanoseconds())/float64(info.RunCount), "ns/"+name)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}
