// Cases of context_bench that Go's own benchmarks lack; context_report.py runs both.
package goctx

import (
	"context"
	"testing"
	"time"
)

func parent(b *testing.B) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	b.Cleanup(cancel)
	return ctx
}

func BenchmarkWithCancelOneParentParallel(b *testing.B) {
	ctx := parent(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, cancel := context.WithCancel(ctx)
			cancel()
		}
	})
}

func BenchmarkWithTimeoutOneParent(b *testing.B) {
	ctx := parent(b)
	for i := 0; i < b.N; i++ {
		_, cancel := context.WithTimeout(ctx, time.Hour)
		cancel()
	}
}

func BenchmarkWithTimeoutOneParentParallel(b *testing.B) {
	ctx := parent(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, cancel := context.WithTimeout(ctx, time.Hour)
			cancel()
		}
	})
}

func BenchmarkWithValue(b *testing.B) {
	ctx := parent(b)
	var sink context.Context
	for i := 0; i < b.N; i++ {
		sink = context.WithValue(ctx, k(1), "value")
	}
	_ = sink
}

func valueAt(b *testing.B, depth int) {
	ctx := context.Background()
	for i := 0; i < depth; i++ {
		ctx = context.WithValue(ctx, k(i), i)
	}
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if ctx.Value(k(0)) == nil {
			b.Fatal()
		}
	}
}

func BenchmarkValue1(b *testing.B)   { valueAt(b, 1) }
func BenchmarkValue100(b *testing.B) { valueAt(b, 100) }
