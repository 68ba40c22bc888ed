package main

import (
	"fmt"
	"os"
	"time"
)

// progressInterval is how often long work says how far it is; short work says nothing.
const progressInterval = 5 * time.Second

// progress tells how a file grows until the returned function is called. total 0: nobody knows how large it gets.
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
			far := megabytes(sizeOf(path))
			if total > 0 {
				far += " of at most " + megabytes(total)
			}
			fmt.Fprintf(p.err, "%s: %s\n", what, far)
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
