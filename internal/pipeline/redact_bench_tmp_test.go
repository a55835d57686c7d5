package pipeline

import (
	"strings"
	"testing"
)

func BenchmarkParts(b *testing.B) {
	for i, f := range finders() {
		b.Run(string(rune('0'+i)), func(b *testing.B) {
			for b.Loop() {
				f(accessLine, 0)
			}
		})
	}
	b.Run("ref", func(b *testing.B) {
		for b.Loop() {
			strings.IndexByte(accessLine, 0)
		}
	})
}
