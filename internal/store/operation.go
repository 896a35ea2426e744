package store

import (
	"encoding/binary"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Bundles is a list of bundles. An implementation may keep it on disk.
type Bundles interface {
	// Len returns how many there are.
	Len() int
	// At returns bundle i, counted from 0.
	At(i int) (value.Value, error)
}

// List is a Bundles in memory.
type List []value.Value

// Len returns the number of bundles.
func (l List) Len() int { return len(l) }

// At returns bundle i; its error is always nil.
func (l List) At(i int) (value.Value, error) { return l[i], nil }

// Operation is how one operation of an execution ended.
type Operation struct {
	Address           string // where in the execution
	Started, Finished time.Time
	InputHash         uint64
	Bundles           Bundles // nil counts as none
	Err               *fault.Error
	Exchanges         []value.Value  // calls to the outside, secrets redacted
	Changes           []RecordChange // of data stores, which the end of its cycle writes or drops
}

// Intent says that an operation is about to do something that must not be done twice.
type Intent struct {
	Address   string
	Started   time.Time
	InputHash uint64
	Request   value.Value // what is about to be sent, secrets redacted
}

// CycleEnd is the recorded end of a cycle, or the commit of one operation in it.
type CycleEnd struct {
	Number     int
	Address    string // of the operation that was committed by itself, "" for the end of the cycle
	RolledBack bool
	At         time.Time
}

// ChangeKind is what a RecordChange does to a data store.
type ChangeKind uint8

// The kinds of changes.
const (
	InsertRecord  ChangeKind = iota + 1 // a new record; the key must be free
	PutRecord                           // a record, in place of one that may be there
	RemoveRecord                        // of a record that may be there
	RemoveRecords                       // of all records
	MoveCursor                          // of the polling trigger whose module number is in Store; Data says how far it came
	TakePayload                         // the queued payload whose number is in Store was worked on
)

// RecordChange is one change that takes part in a cycle: mostly of a data store.
type RecordChange struct {
	Store int64
	Kind  ChangeKind
	Key   string
	Data  value.Value
	// Revision is the one of the record that is changed, 0 for whichever is there. Only ChangeRecords has it: the journal does not keep it.
	Revision int64
}

// rowKind says what a journal row is: the first byte of its payload.
type rowKind byte

const (
	inputRow rowKind = iota + 1
	resultRow
	intentRow
	chunkRow
	cycleRow
	indexRow
)

// newRow begins a row: one byte of room for the form of the payload, then the kind.
func newRow(kind rowKind) []byte { return append(make([]byte, 0, 256), 0, byte(kind)) }

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendValues(dst []byte, list []value.Value) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	for _, v := range list {
		dst = value.AppendBinary(dst, v)
	}
	return dst
}

// The first byte of a fault: 0 for none, else faultForm with flags.
const (
	faultForm    byte = 1
	faultNotDone byte = 2
	faultWorded  byte = 4 // what its text is made of follows
)

func appendFault(dst []byte, e *fault.Error) []byte {
	if e == nil {
		return append(dst, 0)
	}
	form := faultForm
	if e.NotDone {
		form |= faultNotDone
	}
	if e.Words != nil {
		form |= faultWorded
	}
	dst = append(dst, form)
	for _, s := range []string{string(e.Kind), e.Message, e.Hint, e.Field} {
		dst = appendText(dst, s)
	}
	dst = binary.AppendVarint(dst, int64(e.Delay))
	if e.Words != nil {
		dst = appendText(dst, e.Words.Text())
	}
	return dst
}

func appendChanges(dst []byte, changes []RecordChange) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(changes)))
	for _, c := range changes {
		dst = binary.AppendVarint(dst, c.Store)
		dst = appendText(append(dst, byte(c.Kind)), c.Key)
		dst = value.AppendBinary(dst, c.Data)
	}
	return dst
}

// appendHead writes what results and intents begin with.
func appendHead(dst []byte, address string, started time.Time, hash uint64) []byte {
	dst = appendText(dst, address)
	dst = binary.AppendVarint(dst, nanos(started))
	return binary.LittleEndian.AppendUint64(dst, hash)
}

// appendTail writes what follows the head of a result, up to its bundles.
func (o *Operation) appendTail(dst []byte) []byte {
	dst = binary.AppendVarint(dst, nanos(o.Finished))
	dst = appendFault(dst, o.Err)
	dst = appendValues(dst, o.Exchanges)
	return appendChanges(dst, o.Changes)
}

func (i *Intent) encode() []byte {
	return value.AppendBinary(appendHead(newRow(intentRow), i.Address, i.Started, i.InputHash), i.Request)
}

func (c CycleEnd) encode() []byte { return c.append(newRow(cycleRow)) }

func (c CycleEnd) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(c.Number))
	dst = binary.AppendVarint(append(dst, byte(bit(c.RolledBack))), nanos(c.At))
	return appendText(dst, c.Address)
}

// reader takes a row apart. After the first failure it returns zero values.
type reader struct {
	src []byte
	err error
}

func (r *reader) fail() {
	if r.err == nil {
		r.err = errPayload
	}
	r.src = nil
}

func (r *reader) byte() byte {
	if len(r.src) == 0 {
		r.fail()
		return 0
	}
	b := r.src[0]
	r.src = r.src[1:]
	return b
}

func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.src)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.src = r.src[size:]
	return n
}

func (r *reader) varint() int64 {
	n, size := binary.Varint(r.src)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.src = r.src[size:]
	return n
}

func (r *reader) fixed64() uint64 {
	if len(r.src) < 8 {
		r.fail()
		return 0
	}
	n := binary.LittleEndian.Uint64(r.src)
	r.src = r.src[8:]
	return n
}

// count reads a number of things of at least one byte each, so that a damaged one cannot ask for much memory.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.src)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n := r.count()
	s := string(r.src[:n])
	r.src = r.src[n:]
	return s
}

// cycleEnd reads what append has written. Rows of the first form end before the address.
func (r *reader) cycleEnd() CycleEnd {
	c := CycleEnd{Number: int(r.uvarint()), RolledBack: r.byte() == 1}
	c.At = r.time()
	if len(r.src) > 0 {
		c.Address = r.text()
	}
	return c
}

// head reads what appendHead has written.
func (r *reader) head() (address string, started time.Time, hash uint64) {
	address, started = r.text(), r.time()
	return address, started, r.fixed64()
}

func (r *reader) time() time.Time { return timeOf(r.varint()) }

func (r *reader) value() value.Value {
	if r.err != nil {
		return value.Undefined
	}
	v, rest, err := value.DecodeBinary(r.src)
	if err != nil {
		r.fail()
		return value.Undefined
	}
	r.src = rest
	return v
}

func (r *reader) values() []value.Value {
	n := r.count()
	var list []value.Value
	for i := 0; i < n && r.err == nil; i++ {
		list = append(list, r.value())
	}
	return list
}

func (r *reader) fault() *fault.Error {
	form := r.byte()
	if form == 0 {
		return nil
	}
	e := &fault.Error{Kind: fault.Kind(r.text()), Message: r.text(), Hint: r.text(), Field: r.text(), NotDone: form&faultNotDone != 0}
	e.Delay = time.Duration(r.varint())
	if form&faultWorded != 0 {
		e.Words = fault.ReadWords(r.text())
	}
	return e
}

func (r *reader) changes() []RecordChange {
	n := r.count()
	var list []RecordChange
	for i := 0; i < n && r.err == nil; i++ {
		c := RecordChange{Store: r.varint(), Kind: ChangeKind(r.byte())}
		c.Key, c.Data = r.text(), r.value()
		list = append(list, c)
	}
	return list
}
