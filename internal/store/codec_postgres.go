package store

import (
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgtype"
)

// arrayCodec writes the columns of many rows as the database reads arrays, without a look at the type of each value.
type arrayCodec struct{ pgtype.Codec }

// PlanEncode returns how a value is written.
func (c arrayCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if format == pgtype.BinaryFormatCode {
		switch value.(type) {
		case []int64:
			return numbersPlan{}
		case [][]byte:
			return bytesPlan{}
		}
	}
	return c.Codec.PlanEncode(m, oid, format, value)
}

// learnArrays has a connection write arrays of numbers and of bytes by an arrayCodec.
func learnArrays(m *pgtype.Map) {
	for _, oid := range []uint32{pgtype.Int8ArrayOID, pgtype.ByteaArrayOID} {
		if t, known := m.TypeForOID(oid); known {
			m.RegisterType(&pgtype.Type{Name: t.Name, OID: oid, Codec: arrayCodec{t.Codec}})
		}
	}
}

// appendArray begins an array of one dimension.
func appendArray(buf []byte, length int, element uint32) []byte {
	const dimensions, nulls, first = 1, 1, 1
	for _, n := range []uint32{dimensions, nulls, element, uint32(length), first} { //nolint:gosec // a commit has fewer rows
		buf = binary.BigEndian.AppendUint32(buf, n)
	}
	return buf
}

type numbersPlan struct{}

// Encode writes numbers.
func (numbersPlan) Encode(value any, buf []byte) ([]byte, error) {
	list, _ := value.([]int64)
	const size = 8
	buf = appendArray(buf, len(list), pgtype.Int8OID)
	for _, n := range list {
		buf = binary.BigEndian.AppendUint32(buf, size)
		buf = binary.BigEndian.AppendUint64(buf, uint64(n))
	}
	return buf, nil
}

type bytesPlan struct{}

// Encode writes texts of bytes, nil as none.
func (bytesPlan) Encode(value any, buf []byte) ([]byte, error) {
	list, _ := value.([][]byte)
	const none = ^uint32(0)
	buf = appendArray(buf, len(list), pgtype.ByteaOID)
	for _, b := range list {
		if b == nil {
			buf = binary.BigEndian.AppendUint32(buf, none)
			continue
		}
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(b))) //nolint:gosec // a value is far shorter
		buf = append(buf, b...)
	}
	return buf, nil
}
