package value

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// errBinary is returned for bytes that AppendBinary has not written.
var errBinary = errors.New("value: broken binary encoding")

// AppendBinary appends v in the compact form that storage uses. It keeps what JSON loses: undefined, dates, buffers, exact digits.
// Layout: one byte kind, then for text, buffer and number digits a varint length and the bytes, for numbers and
// dates eight bytes, for arrays and collections a varint count and the elements.
func AppendBinary(dst []byte, v Value) []byte {
	dst = append(dst, byte(v.kind))
	switch v.kind {
	case KindText:
		return appendString(dst, v.str)
	case KindBuffer:
		return appendString(appendString(dst, v.str), v.Encoding())
	case KindNumber:
		return appendString(binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.num)), v.str)
	case KindDate:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.num))
	case KindBoolean:
		return append(dst, byte(v.num))
	case KindArray, KindCollection:
		dst = binary.AppendUvarint(dst, uint64(len(v.obj.items)))
		for i, x := range v.obj.items {
			if v.kind == KindCollection {
				dst = appendString(dst, v.obj.keys[i])
			}
			dst = AppendBinary(dst, x)
		}
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// DecodeBinary reads one value that AppendBinary wrote and returns the bytes behind it.
func DecodeBinary(src []byte) (Value, []byte, error) {
	d := binaryDecoder{src: src}
	v, err := d.value(0)
	return v, d.src, err
}

type binaryDecoder struct{ src []byte }

func (d *binaryDecoder) value(depth int) (Value, error) {
	if len(d.src) == 0 || depth > 2*MaxJSONDepth {
		return Undefined, errBinary
	}
	v := Value{kind: Kind(d.src[0])}
	d.src = d.src[1:]
	var err error
	switch v.kind {
	case KindUndefined, KindNull:
	case KindText:
		v.str, err = d.text()
	case KindBuffer:
		return d.buffer()
	case KindNumber:
		if v.num, err = d.float(); err == nil {
			v.str, err = d.text()
		}
	case KindDate:
		v.num, err = d.float()
	case KindBoolean:
		return d.boolean()
	case KindArray, KindCollection:
		return d.composite(v.kind, depth)
	default:
		err = fmt.Errorf("%w: kind %d", errBinary, v.kind)
	}
	return v, err
}

func (d *binaryDecoder) boolean() (Value, error) {
	if len(d.src) == 0 || d.src[0] > 1 {
		return Undefined, errBinary
	}
	v := Bool(d.src[0] == 1)
	d.src = d.src[1:]
	return v, nil
}

func (d *binaryDecoder) buffer() (Value, error) {
	data, err := d.text()
	if err != nil {
		return Undefined, err
	}
	encoding, err := d.text()
	return Buffer([]byte(data), encoding), err
}

func (d *binaryDecoder) composite(kind Kind, depth int) (Value, error) {
	n, err := d.count()
	if err != nil {
		return Undefined, err
	}
	items := make([]Value, n)
	keys := make([]string, 0, n)
	for i := range items {
		if kind == KindCollection {
			key, err := d.text()
			if err != nil {
				return Undefined, err
			}
			keys = append(keys, key)
		}
		if items[i], err = d.value(depth + 1); err != nil {
			return Undefined, err
		}
	}
	if kind == KindArray {
		return Array(items...), nil
	}
	b := Builder{keys: keys, items: items}
	if len(keys) > indexedFrom {
		b.reindex()
	}
	return b.Build(), nil
}

// count reads a length and refuses one that the rest cannot hold.
func (d *binaryDecoder) count() (int, error) {
	n, size := binary.Uvarint(d.src)
	if size <= 0 || n > uint64(len(d.src)-size) {
		return 0, errBinary
	}
	d.src = d.src[size:]
	return int(n), nil
}

func (d *binaryDecoder) text() (string, error) {
	n, err := d.count()
	if err != nil {
		return "", err
	}
	s := string(d.src[:n])
	d.src = d.src[n:]
	return s, nil
}

func (d *binaryDecoder) float() (float64, error) {
	if len(d.src) < 8 {
		return 0, errBinary
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64(d.src))
	d.src = d.src[8:]
	return f, nil
}
