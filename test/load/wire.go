package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// wire is a minimal HTTP connection. The load shares the machine with the server, and Go's own HTTP client would need
// as much CPU as the server.
type wire struct {
	host string
	conn net.Conn
	in   *bufio.Reader
}

// do sends a request and reads its response. It dials when there is no connection. Status 0 means no response.
func (w *wire) do(r request) (body []byte, status int, err error) {
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.conn == nil {
		if w.conn, err = net.Dial("tcp", w.host); err != nil {
			return nil, 0, err
		}
		w.in = bufio.NewReader(w.conn)
	}
	if err := w.conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return nil, 0, err
	}
	if _, err := io.WriteString(w.conn, r.wire(w.host)); err != nil {
		return nil, 0, err
	}
	res, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return body, res.StatusCode, err
}

// wire returns the request as HTTP/1.1 text.
func (r request) wire(host string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.method, strings.TrimPrefix(r.url, "http://"+host), host)
	if r.authorization != "" {
		fmt.Fprintf(&b, "Authorization: %s\r\n", r.authorization)
	}
	if r.body != "" {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(r.body))
	}
	return b.String() + "\r\n" + r.body
}

func (w *wire) close() {
	if w.conn != nil {
		w.conn.Close()
		w.conn = nil
	}
}
