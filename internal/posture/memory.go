package posture

import (
	"context"
	"fmt"
	"runtime/metrics"
	"time"
)

// LimitMemory returns a context that ends when the objects of the program grow by more
// bytes. Done must be called. It looks every few milliseconds: what grows faster than
// that, or by one allocation, gets further.
func LimitMemory(ctx context.Context, limit uint64) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	start := heap()
	tick := time.NewTicker(20 * time.Millisecond)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if now := heap(); now > start+limit {
					cancel(fmt.Errorf("the rules took more than %d MB of memory", limit>>20))
				}
			}
		}
	}()
	return ctx, func() {
		tick.Stop()
		cancel(nil)
		<-stopped
	}
}

// heap returns how many bytes objects take, with those that nobody uses any more.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
