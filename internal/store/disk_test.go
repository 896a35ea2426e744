package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A disk stands between SQLite and the files of one directory. It fails on demand and knows what would be left after
// a power cut: what was synced, and any part of what was not. It is put in as a virtual file system of SQLite, which
// is where SQLite's own tests do the same. Files of other directories pass it by.
type disk struct {
	mu     sync.Mutex
	random *rand.Rand
	// fail decides what becomes of an operation; nil = all goes well. It is called with mu held.
	fail  func(o diskOperation) diskFault
	count int // of operations so far
	files map[string]*diskFile
	off   bool // the power is off: nothing works any more
}

// diskOperation is what is about to be done.
type diskOperation struct {
	number int // from 1
	kind   diskKind
	log    bool // of the write-ahead log, not of the database
}

type diskKind int

const (
	diskRead diskKind = iota
	diskWrite
	diskSync
	diskTruncate
)

// diskFault is how an operation fails.
type diskFault int

const (
	diskWorks  diskFault = iota
	diskFull             // nothing is written
	diskTorn             // half of the write arrives, then it fails
	diskBroken           // nothing happens, and it fails
)

// sectorBytes is what a disk writes as a whole, or not.
const sectorBytes = 512

type diskFile struct {
	durable []byte
	pending []diskChange // since the last sync, in order
}

// diskChange is a write, or with data nil the truncation to offset.
type diskChange struct {
	offset int64
	data   []byte
}

// openFile is what SQLite holds of a file.
type openFile struct {
	disk    *disk
	file    *diskFile
	log     bool
	methods *sqlite3.Tsqlite3_io_methods // of the operating system
}

// vfs is installed once for the process, since SQLite's list of file systems is the process's.
type vfs struct {
	once    sync.Once
	system  uintptr
	open    uintptr // of system
	methods map[uintptr]uintptr
	mu      sync.Mutex
	disks   map[string]*disk // by directory
	files   map[uintptr]*openFile
}

var testVFS = vfs{methods: map[uintptr]uintptr{}, disks: map[string]*disk{}, files: map[uintptr]*openFile{}}

// newDisk puts a disk in front of dir.
func newDisk(t *testing.T, dir string, seed uint64) *disk {
	t.Helper()
	testVFS.once.Do(testVFS.install)
	d := &disk{random: rand.New(rand.NewPCG(seed, 1)), files: map[string]*diskFile{}}
	testVFS.mu.Lock()
	defer testVFS.mu.Unlock()
	testVFS.disks[dir] = d
	return d
}

func (v *vfs) install() {
	tls := libc.NewTLS()
	v.system = sqlite3.Xsqlite3_vfs_find(tls, 0)
	ours := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	*at[sqlite3.Tsqlite3_vfs](ours) = *at[sqlite3.Tsqlite3_vfs](v.system)
	own := at[sqlite3.Tsqlite3_vfs](ours)
	v.open = own.FxOpen
	own.FpNext = 0
	own.FzName = must(libc.CString("ropeway-test"))
	own.FxOpen = pointer(diskXOpen)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, ours, 1); rc != sqlite3.SQLITE_OK {
		panic(fmt.Sprint("register the file system: ", rc))
	}
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// at reads memory of SQLite, which the garbage collector does not move.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// pointer makes a function that SQLite can call, call one that SQLite has.
func pointer[T any](f T) uintptr { return *(*uintptr)(unsafe.Pointer(&struct{ f T }{f})) }

func call[T any](p uintptr) T { return *(*T)(unsafe.Pointer(&struct{ p uintptr }{p})) }

func diskXOpen(tls *libc.TLS, _, name, file uintptr, flags int32, out uintptr) int32 {
	rc := call[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](testVFS.open)(tls, testVFS.system, name, file, flags, out)
	if rc != sqlite3.SQLITE_OK || name == 0 {
		return rc
	}
	path := libc.GoString(name)
	testVFS.mu.Lock()
	defer testVFS.mu.Unlock()
	d := testVFS.disks[filepath.Dir(path)]
	if d == nil || !strings.HasPrefix(filepath.Base(path), databaseFile) {
		return rc
	}
	f := at[sqlite3.Tsqlite3_file](file)
	testVFS.files[file] = &openFile{
		disk: d, file: d.open(path), log: strings.HasSuffix(path, "-wal"), methods: at[sqlite3.Tsqlite3_io_methods](f.FpMethods),
	}
	f.FpMethods = testVFS.wrap(tls, f.FpMethods)
	return rc
}

// wrap returns methods with ours in front. Sets of methods are few and live as long as the process.
func (v *vfs) wrap(tls *libc.TLS, system uintptr) uintptr {
	if ours, ok := v.methods[system]; ok {
		return ours
	}
	ours := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
	*at[sqlite3.Tsqlite3_io_methods](ours) = *at[sqlite3.Tsqlite3_io_methods](system)
	m := at[sqlite3.Tsqlite3_io_methods](ours)
	m.FxClose, m.FxRead, m.FxWrite = pointer(diskXClose), pointer(diskXRead), pointer(diskXWrite)
	m.FxSync, m.FxTruncate = pointer(diskXSync), pointer(diskXTruncate)
	v.methods[system] = ours
	return ours
}

func (v *vfs) file(file uintptr) *openFile {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.files[file]
}

// inUse reports whether a connection has the file open. The caller holds mu.
func (v *vfs) inUse(file *diskFile) bool {
	for _, f := range v.files {
		if f.file == file {
			return true
		}
	}
	return false
}

// open returns the file with the path. The caller holds the lock of testVFS.
func (d *disk) open(path string) *diskFile {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.files[filepath.Base(path)]
	if info, err := os.Stat(path); f == nil || err == nil && info.Size() == 0 && !testVFS.inUse(f) { // it was deleted and made anew
		f = &diskFile{}
		f.durable, _ = os.ReadFile(path) // a file that is not there is empty
		d.files[filepath.Base(path)] = f
	}
	return f
}

// next decides about an operation. The caller holds mu.
func (d *disk) next(kind diskKind, log bool) diskFault {
	d.count++
	if d.off {
		return diskBroken
	}
	if d.fail == nil {
		return diskWorks
	}
	return d.fail(diskOperation{d.count, kind, log})
}

func diskXClose(tls *libc.TLS, file uintptr) int32 {
	f := testVFS.file(file)
	testVFS.mu.Lock()
	delete(testVFS.files, file)
	testVFS.mu.Unlock()
	return call[func(*libc.TLS, uintptr) int32](f.methods.FxClose)(tls, file)
}

func diskXRead(tls *libc.TLS, file, into uintptr, n int32, offset int64) int32 {
	f := testVFS.file(file)
	f.disk.mu.Lock()
	fault := f.disk.next(diskRead, f.log)
	f.disk.mu.Unlock()
	if fault != diskWorks {
		return sqlite3.SQLITE_IOERR_READ
	}
	return call[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](f.methods.FxRead)(tls, file, into, n, offset)
}

func diskXWrite(tls *libc.TLS, file, from uintptr, n int32, offset int64) int32 {
	f := testVFS.file(file)
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	fault := f.disk.next(diskWrite, f.log)
	switch fault {
	case diskFull:
		return sqlite3.SQLITE_FULL
	case diskBroken:
		return sqlite3.SQLITE_IOERR_WRITE
	case diskTorn:
		n /= 2
	case diskWorks:
	}
	data := append([]byte(nil), unsafe.Slice(at[byte](from), n)...)
	f.file.pending = append(f.file.pending, diskChange{offset, data})
	rc := call[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](f.methods.FxWrite)(tls, file, from, n, offset)
	if rc == sqlite3.SQLITE_OK && fault == diskTorn {
		return sqlite3.SQLITE_IOERR_WRITE
	}
	return rc
}

// diskXSync makes what was written durable. When it fails, the operating system forgets that it had something to
// write: what was pending shows when it is read, and is not on the disk after any later sync.
func diskXSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	f := testVFS.file(file)
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.next(diskSync, f.log) != diskWorks {
		if !f.disk.off {
			f.disk.lose(f.file)
		}
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	for _, c := range f.file.pending {
		f.file.durable = c.apply(f.file.durable)
	}
	f.file.pending = nil
	_ = flags // the files of the test need not reach the real disk
	return sqlite3.SQLITE_OK
}

func diskXTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	f := testVFS.file(file)
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.next(diskTruncate, f.log) != diskWorks {
		return sqlite3.SQLITE_IOERR_TRUNCATE
	}
	f.file.pending = append(f.file.pending, diskChange{offset: size})
	return call[func(*libc.TLS, uintptr, int64) int32](f.methods.FxTruncate)(tls, file, size)
}

func (c diskChange) apply(to []byte) []byte {
	if c.data == nil {
		if int64(len(to)) > c.offset {
			return to[:c.offset]
		}
		return append(to, make([]byte, c.offset-int64(len(to)))...)
	}
	if end := c.offset + int64(len(c.data)); end > int64(len(to)) {
		to = append(to, make([]byte, end-int64(len(to)))...)
	}
	copy(to[c.offset:], c.data)
	return to
}

// lose leaves any part of what is pending on the disk: any sectors of any writes.
func (d *disk) lose(f *diskFile) {
	for _, c := range f.pending {
		if c.data == nil {
			if d.random.IntN(2) == 0 {
				f.durable = c.apply(f.durable)
			}
			continue
		}
		for start := 0; start < len(c.data); {
			end := min(len(c.data), start+sectorBytes-int(c.offset+int64(start))%sectorBytes)
			if d.random.IntN(2) == 0 {
				f.durable = diskChange{c.offset + int64(start), c.data[start:end]}.apply(f.durable)
			}
			start = end
		}
	}
	f.pending = nil
}

// cutPower writes what is left on the disk to dir.
func (d *disk) cutPower(t *testing.T, dir string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = true
	for name, f := range d.files {
		if strings.HasSuffix(name, "-journal") {
			continue
		}
		d.lose(f)
		if err := os.WriteFile(filepath.Join(dir, name), f.durable, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// set changes how operations fail from now on, and counts them anew.
func (d *disk) set(fail func(diskOperation) diskFault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail, d.count = fail, 0
}
