package outbound

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
)

// errTooLarge is what a limitedReader returns when its limit is passed.
var errTooLarge = errors.New("response larger than its limit")

// errCorrupt marks data that does not decompress.
var errCorrupt = errors.New("response does not decompress")

// maxDrainBytes is how much of an unread rest is read so that its connection can be used again.
const maxDrainBytes = 4 << 10

// limitedReader passes on limit bytes and fails with errTooLarge at the next one.
type limitedReader struct {
	from io.Reader
	left int64 // bytes that may still be read; -1 once the limit is passed
}

// Read implements io.Reader.
func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.from.Read(p)
	if int64(n) > l.left {
		n, l.left = int(l.left), -1
		return n, errTooLarge
	}
	l.left -= int64(n)
	return n, err
}

// readBody reads the whole body of resp, decompressed where p wants it, limit
// bytes at most. It closes the body.
func readBody(resp *http.Response, p *prepared) ([]byte, error) {
	defer resp.Body.Close()
	limit := p.MaxResponseBytes
	// Compressed data may be a little larger than what is inside, never much.
	raw := &limitedReader{from: resp.Body, left: limit + limit/64 + 1024}
	decoded, err := decompress(resp, raw, p)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if resp.ContentLength > 0 && p.Method != http.MethodHead {
		const maxGrowBytes = 1 << 20 // the length is only a claim
		body.Grow(int(min(resp.ContentLength, limit, maxGrowBytes)) + bytes.MinRead)
	}
	_, err = body.ReadFrom(&limitedReader{from: decoded, left: limit})
	if err != nil && !errors.Is(err, errTooLarge) && isCorrupt(err) {
		err = errors.Join(errCorrupt, err)
	}
	if err == nil { // a decompressor stops at the end of its stream, before the end of the body
		_, _ = io.CopyN(io.Discard, raw, maxDrainBytes)
	}
	return body.Bytes(), err
}

// decompress returns body as it was before the Content-Encoding that it has,
// and takes the headers away that no longer describe it. Encodings that are not
// known are left alone.
func decompress(resp *http.Response, body io.Reader, p *prepared) (io.Reader, error) {
	encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding")))
	if p.DisableCompression || encoding != "gzip" && encoding != "x-gzip" && encoding != "deflate" {
		return body, nil
	}
	buffered := bufio.NewReader(body)
	first, err := buffered.Peek(1)
	if errors.Is(err, io.EOF) { // no body: HEAD, 204, 304
		return buffered, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the response: %w", err)
	}
	decoded, err := newDecoder(encoding, first[0], buffered)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	resp.ContentLength = -1
	return decoded, nil
}

// newDecoder returns the decompressor for encoding. first is the first byte of body.
func newDecoder(encoding string, first byte, body io.Reader) (decoded io.Reader, err error) {
	const zlibMethodDeflate = 8
	switch {
	case encoding != "deflate":
		decoded, err = gzip.NewReader(body)
	case first&0x0f == zlibMethodDeflate:
		decoded, err = zlib.NewReader(body)
	default: // some servers leave the zlib header out
		decoded = flate.NewReader(body)
	}
	if err != nil {
		return nil, fmt.Errorf("begin %s: %w", encoding, err)
	}
	return decoded, nil
}

// isCorrupt reports whether err came from a decompressor.
func isCorrupt(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) ||
		errors.Is(err, zlib.ErrChecksum) || errors.Is(err, zlib.ErrHeader) || errors.As(err, &corrupt)
}

func tooLarge(host string, limit int64) *fault.Error {
	return fault.Newf(fault.MaxFileSizeExceeded, "[response-large] The response of %s is larger than %d bytes.", host, limit).
		WithHint("[hint-ask-less] Ask the service for less at once, for instance with a smaller page, or raise the limit of the module.")
}
