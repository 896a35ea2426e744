package runner

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Limits of what the result of one operation keeps in memory.
const (
	// spillBytes is the size from which bundles go to disk.
	spillBytes = 8 << 20
	// blockBytes is how much is written and read at once.
	blockBytes = 256 << 10
)

// spills knows the results that an execution keeps on disk.
type spills struct {
	mu    sync.Mutex
	lists map[*spillList]struct{}
}

func (s *spills) list(dir string) *spillList { return &spillList{owner: s, dir: dir} }

func (s *spills) opened(l *spillList) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lists == nil {
		s.lists = map[*spillList]struct{}{}
	}
	s.lists[l] = struct{}{}
}

func (s *spills) closed(l *spillList) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.lists, l)
}

func (s *spills) closeAll() {
	for {
		var l *spillList
		s.mu.Lock()
		for l = range s.lists {
			break
		}
		s.mu.Unlock()
		if l == nil {
			return
		}
		l.Release()
	}
}

// spillList is the list of bundles that an operation put out: in memory while it is small, in blocks in a file from
// then on. It is written once and then read, mostly in order.
type spillList struct {
	owner  *spills
	dir    string
	memory []value.Value // the whole list, or the block being filled
	size   int
	length int
	file   *os.File
	end    int64
	blocks []block
	loaded int // block in memory while reading, -1 none
	cache  []value.Value
}

// block is a run of bundles in the file.
type block struct {
	first  int // number of its first bundle
	offset int64
	bytes  int
}

var _ engine.Bundles = (*spillList)(nil)

// add appends a bundle.
func (l *spillList) add(v value.Value) error {
	l.memory = append(l.memory, v)
	l.length++
	l.size += v.Size()
	limit := spillBytes
	if l.file != nil {
		limit = blockBytes
	}
	if l.size < limit {
		return nil
	}
	return l.flush()
}

// seal ends writing.
func (l *spillList) seal() error {
	l.loaded = -1
	if l.file == nil {
		return nil
	}
	return l.flush()
}

func (l *spillList) flush() error {
	if err := l.open(); err != nil {
		return err
	}
	var buf []byte
	first := l.length - len(l.memory)
	for len(l.memory) > 0 {
		n := 0
		buf = buf[:0]
		for n < len(l.memory) && len(buf) < blockBytes {
			body := value.AppendBinary(nil, l.memory[n])
			buf = append(binary.AppendUvarint(buf, uint64(len(body))), body...)
			n++
		}
		if _, err := l.file.Write(buf); err != nil {
			return spillFault(err)
		}
		l.blocks = append(l.blocks, block{first: first, offset: l.end, bytes: len(buf)})
		l.end += int64(len(buf))
		first += n
		l.memory = l.memory[n:]
	}
	l.memory, l.size = nil, 0
	return nil
}

func spillFault(err error) error {
	return fault.Wrap(fault.OutOfSpace, err, "[spill] A large result could not be kept on disk.").
		WithHint("[hint-temporary] see that the folder for temporary files has free space")
}

func (l *spillList) open() error {
	if l.file != nil {
		return nil
	}
	f, err := os.CreateTemp(l.dir, "ropeway-bundles-*")
	if err != nil {
		return spillFault(err)
	}
	// Where the system allows it, the file has no name from now on, and so is gone whatever happens to the process.
	_ = os.Remove(f.Name())
	l.file = f
	l.owner.opened(l)
	return nil
}

// Len returns the number of bundles.
func (l *spillList) Len() int { return l.length }

// At returns bundle i.
func (l *spillList) At(i int) (value.Value, error) {
	if l.file == nil {
		if i >= len(l.memory) {
			return value.Undefined, errors.New("the list of bundles was given up")
		}
		return l.memory[i], nil
	}
	b := l.blockOf(i)
	if b != l.loaded {
		if err := l.load(b); err != nil {
			return value.Undefined, err
		}
	}
	return l.cache[i-l.blocks[b].first], nil
}

func (l *spillList) blockOf(i int) int {
	if l.loaded >= 0 {
		for b := l.loaded; b < min(l.loaded+2, len(l.blocks)); b++ {
			if i >= l.blocks[b].first && (b+1 == len(l.blocks) || i < l.blocks[b+1].first) {
				return b
			}
		}
	}
	lo, hi := 0, len(l.blocks)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; l.blocks[mid].first <= i {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

func (l *spillList) load(b int) error {
	buf := make([]byte, l.blocks[b].bytes)
	if _, err := l.file.ReadAt(buf, l.blocks[b].offset); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read kept bundles: %w", err)
	}
	cache := make([]value.Value, 0, len(l.cache))
	for len(buf) > 0 {
		n, size := binary.Uvarint(buf)
		if size <= 0 || n > uint64(len(buf)-size) {
			return errors.New("kept bundles are damaged")
		}
		v, _, err := value.DecodeBinary(buf[size : size+int(n)])
		if err != nil {
			return fmt.Errorf("read kept bundles: %w", err)
		}
		cache = append(cache, v)
		buf = buf[size+int(n):]
	}
	l.cache, l.loaded = cache, b
	return nil
}

// Release gives the list up and frees its space on disk.
func (l *spillList) Release() {
	l.memory, l.cache = nil, nil
	if l.file == nil {
		return
	}
	_ = l.file.Close()           // nothing of it is needed any more
	_ = os.Remove(l.file.Name()) // for systems that keep the name of an open file
	l.file = nil
	l.owner.closed(l)
}
