package seclog

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// response notes what a handler answers.
type response struct {
	http.ResponseWriter

	status   int
	written  int64
	hijacked bool
}

// Unwrap lets [http.ResponseController] find what the server's writer can.
func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *response) WriteHeader(status int) {
	if r.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		r.status = status // those before it are only hints
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *response) Write(p []byte) (int, error) {
	r.begin()
	n, err := r.ResponseWriter.Write(p)
	r.written += int64(n)
	return n, err
}

func (r *response) WriteString(s string) (int, error) {
	r.begin()
	n, err := io.WriteString(r.ResponseWriter, s)
	r.written += int64(n)
	return n, err
}

func (r *response) begin() {
	if r.status == 0 {
		r.status = http.StatusOK
	}
}

func (r *response) flush() error {
	r.begin()
	return http.NewResponseController(r.ResponseWriter).Flush()
}

func (r *response) hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := r.ResponseWriter.(http.Hijacker).Hijack() // as found out that it can
	r.hijacked = r.hijacked || err == nil
	return conn, rw, err
}

func (r *response) readFrom(src io.Reader) (int64, error) {
	r.begin()
	n, err := r.ResponseWriter.(io.ReaderFrom).ReadFrom(src) // as found out that it can
	r.written += n
	return n, err
}

// as returns the response as a writer that can what w can, and no more: handlers ask for
// the interfaces of HTTP/1 and of HTTP/2.
func (r *response) as(w http.ResponseWriter) http.ResponseWriter {
	_, flushes := w.(http.Flusher)
	_, hijacks := w.(http.Hijacker)
	_, reads := w.(io.ReaderFrom)
	pusher, pushes := w.(http.Pusher)
	switch {
	case flushes && hijacks && reads:
		return struct {
			*response
			flusher
			hijacker
			readerFrom
		}{r, flusher{r}, hijacker{r}, readerFrom{r}}
	case flushes && hijacks:
		return struct {
			*response
			flusher
			hijacker
		}{r, flusher{r}, hijacker{r}}
	case flushes && pushes:
		return struct {
			*response
			flusher
			http.Pusher
		}{r, flusher{r}, pusher}
	case flushes:
		return struct {
			*response
			flusher
		}{r, flusher{r}}
	default:
		return r
	}
}

type (
	flusher    struct{ r *response }
	hijacker   struct{ r *response }
	readerFrom struct{ r *response }
)

// FlushError is what [http.ResponseController] prefers.
func (f flusher) FlushError() error { return f.r.flush() }
func (f flusher) Flush()            { _ = f.r.flush() } // it cannot say more

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) { return h.r.hijack() }
func (f readerFrom) ReadFrom(src io.Reader) (int64, error)      { return f.r.readFrom(src) }
