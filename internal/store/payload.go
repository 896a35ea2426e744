package store

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// The first byte of a stored payload says what the rest is.
const (
	plainPayload      byte = 0
	compressedPayload byte = 1
	blobPayload       byte = 2 // the rest is the hash of a row of blob
	smallPayload      byte = 3 // compressed in the way of small ones
)

// maxPayloadBytes is what a payload may grow to when it is read: more than anything that is written.
const maxPayloadBytes = 1 << 30

var errPayload = errors.New("a stored payload is damaged")

// codec compresses payloads. It is safe for concurrent use.
type codec struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

func newCodec() (*codec, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2),
		zstd.WithWindowSize(128<<10), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(true))
	if err != nil {
		return nil, fmt.Errorf("prepare compression: %w", err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxPayloadBytes))
	if err != nil {
		return nil, fmt.Errorf("prepare compression: %w", err)
	}
	return &codec{encoder: encoder, decoder: decoder}, nil
}

func (c *codec) close() {
	_ = c.encoder.Close() // it writes to nothing
	c.decoder.Close()
}

// pack returns data as it is stored: compressed where that pays. The result may share data's memory, which must begin
// with one byte of room.
func (c *codec) pack(data []byte) []byte {
	body := data[1:]
	data[0] = plainPayload
	if len(body) <= compressFrom {
		return data
	}
	var packed []byte
	if len(body) < smallBytes {
		packed = packSmall(body)
	} else {
		packed = c.encoder.EncodeAll(body, append(make([]byte, 0, len(body)), compressedPayload))
	}
	if len(packed)-1 > len(body)*(100-compressSaves)/100 {
		return data
	}
	return packed
}

// smallHead is what stands before a small compressed payload: its form, and a checksum of what it unpacks to.
const smallHead = 1 + crc32.Size

func packSmall(body []byte) []byte {
	packed := make([]byte, smallHead+s2.MaxEncodedLen(len(body)))
	packed[0] = smallPayload
	binary.LittleEndian.PutUint32(packed[1:], crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
	return packed[:smallHead+len(s2.Encode(packed[smallHead:], body))]
}

func unpackSmall(stored []byte) ([]byte, error) {
	if len(stored) < smallHead {
		return nil, errPayload
	}
	if n, err := s2.DecodedLen(stored[smallHead:]); err != nil || n >= smallBytes {
		return nil, errPayload
	}
	body, err := s2.Decode(nil, stored[smallHead:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPayload, err)
	}
	if crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) != binary.LittleEndian.Uint32(stored[1:]) {
		return nil, errPayload
	}
	return body, nil
}

// unpack returns what was packed. It must not be a reference to a blob any more.
func (c *codec) unpack(stored []byte) ([]byte, error) {
	if len(stored) == 0 {
		return nil, errPayload
	}
	switch stored[0] {
	case plainPayload:
		return stored[1:], nil
	case compressedPayload:
		body, err := c.decoder.DecodeAll(stored[1:], nil)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errPayload, err)
		}
		return body, nil
	case smallPayload:
		return unpackSmall(stored)
	}
	return nil, fmt.Errorf("%w: form %d", errPayload, stored[0])
}

// packed is a payload ready to be written: large ones with their hash, computed outside the writer.
type packed struct {
	data []byte
	hash [sha256.Size]byte
}

func (c *codec) seal(data []byte) packed {
	p := packed{data: c.pack(data)}
	if len(p.data) >= blobFrom {
		p.hash = sha256.Sum256(p.data)
	}
	return p
}

// put writes a payload as a journal row; a large one once for all rows that hold the same.
func (t *tx) put(id int64, p packed) error {
	if len(p.data) < blobFrom {
		return t.putOp(id, p.data)
	}
	blob, err := t.number("UPDATE blob SET refs = refs + 1 WHERE hash = ? RETURNING id", p.hash[:])
	if err != nil {
		return err
	}
	if blob == 0 {
		blob, err = t.number("INSERT INTO blob (hash, refs, data) VALUES (?, 1, ?) ON CONFLICT (hash) DO UPDATE SET refs = blob.refs + 1 RETURNING id", p.hash[:], p.data)
		if err != nil {
			return err
		}
	}
	if _, err := t.exec("INSERT INTO blob_ref (op, blob) VALUES (?, ?)", id, blob); err != nil {
		return err
	}
	return t.putOp(id, append([]byte{blobPayload}, p.hash[:]...))
}

// dropOps deletes the journal rows from id first to id last and the blobs that only they hold.
func (t *tx) dropOps(first, last int64) error {
	if err := t.flush(); err != nil {
		return err
	}
	var blobs []int64
	err := t.each(func(row []driver.Value) error {
		blobs = append(blobs, integer(row[0]))
		return nil
	}, "SELECT blob FROM blob_ref WHERE op BETWEEN ? AND ?", first, last)
	if err != nil {
		return err
	}
	for _, b := range blobs {
		if _, err := t.exec("UPDATE blob SET refs = refs - 1 WHERE id = ?", b); err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM blob WHERE id = ? AND refs <= 0", b); err != nil {
			return err
		}
	}
	if len(blobs) > 0 {
		if _, err := t.exec("DELETE FROM blob_ref WHERE op BETWEEN ? AND ?", first, last); err != nil {
			return err
		}
	}
	_, err = t.exec("DELETE FROM op WHERE id BETWEEN ? AND ?", first, last)
	return err
}

// opKey is the identity of a journal row.
func opKey(execution int64, sequence uint32) int64 { return execution<<sequenceBits | int64(sequence) }
