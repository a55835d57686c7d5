package app

import "sync"

// Live lets another goroutine look at an analysis while it goes on. The zero Live
// is ready; one analysis uses it.
type Live struct {
	mu       sync.Mutex
	analysis *Analysis
}

// View calls use with what was found so far, while the analysis waits. Only the
// Summary and the Signals of it are filled in. Before the analysis begins, use is
// not called.
func (l *Live) View(use func(*Analysis)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.analysis != nil {
		use(l.analysis)
	}
}

func (l *Live) begin(a *Analysis) {
	if l != nil {
		l.mu.Lock()
		l.analysis = a
		l.mu.Unlock()
	}
}

func (l *Live) lock() {
	if l != nil {
		l.mu.Lock()
	}
}

func (l *Live) unlock() {
	if l != nil {
		l.mu.Unlock()
	}
}
