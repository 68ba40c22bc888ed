package main

import (
	"fmt"
	"os"
	"time"
)

// progressInterval is the time between two lines of progress; work that is shorter prints none.
const progressInterval = 5 * time.Second

// progress prints the size of a growing file until the returned function is called. total is the maximum size, 0 if
// unknown.
func progress(p process, what, path string, total int64) (done func()) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(progressInterval)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			size := megabytes(sizeOf(path))
			if total > 0 {
				size += " of at most " + megabytes(total)
			}
			fmt.Fprintf(p.err, "%s: %s\n", what, size)
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
