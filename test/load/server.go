package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is the process under load.
type server struct {
	base  string
	host  string // of base, with its port
	dir   string
	cmd   *exec.Cmd
	ready time.Duration // from start to ready
}

func start(ctx context.Context, binary, postgres string) (*server, error) {
	dir, err := os.MkdirTemp("", "nests-load-")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	host := "127.0.0.1:" + strconv.Itoa(port)
	s := &server{base: "http://" + host, host: host, dir: dir, cmd: exec.Command(binary, "serve")}
	log, err := os.Create(dir + "/server.log")
	if err != nil {
		return nil, err
	}
	s.cmd.Env = append(os.Environ(), "NESTS_HTTP_ADDR="+host, "NESTS_DATA_DIR="+dir, "NESTS_MEDIA_UDP_PORT=0",
		"NESTS_MEDIA_TCP_PORT=0", "NESTS_METRICS_ADDR=", "NESTS_RATE_LIMITS=off", "NESTS_LOG_LEVEL=warn",
		"NESTS_POSTGRES="+postgres)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for time.Since(began) < 20*time.Second && ctx.Err() == nil {
		if res, err := http.Get(s.base + "/ready"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				s.ready = time.Since(began)
				return s, nil
			}
		}
		<-poll.C
	}
	s.stop()
	return nil, fmt.Errorf("the server did not become ready within 20 s")
}

// stop ends the server and removes its folder.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

// memory returns the resident set of the server in bytes, 0 where the system does not report it.
func (s *server) memory() int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/statm")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
