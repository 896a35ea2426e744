package cli

import (
	"bufio"
	"fmt"
	"os"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/value"
)

// traceMode keeps traces, which hold the data of bundles, from other users of the machine.
const traceMode = 0o600

// tracer writes every operation as one JSON object a line.
type tracer struct {
	file *os.File
	w    *bufio.Writer
	err  error
}

// openTrace creates the file name; "" stands for no trace, for which nil is returned.
func openTrace(name string) (*tracer, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, traceMode)
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "Cannot write the trace "+name+": "+plainFileError(err)+".")
	}
	return &tracer{file: f, w: bufio.NewWriterSize(f, 1<<16)}, nil
}

// write appends one operation. The first failure is kept and returned by close.
func (t *tracer) write(op runner.Trace) {
	if t.err != nil {
		return
	}
	b := value.NewBuilder(12)
	b.Set("module", value.Int(op.Module)).Set("name", value.Text(op.Name)).Set("address", value.Text(op.Address)).Set("cycle", value.Int(op.Cycle))
	if !op.Started.IsZero() {
		b.Set("started", value.Text(op.Started.UTC().Format(time.RFC3339Nano)))
	}
	if !op.Finished.IsZero() {
		b.Set("finished", value.Text(op.Finished.UTC().Format(time.RFC3339Nano)))
	}
	b.Set("parameters", op.Parameters).Set("input", op.Input)
	if op.Error != nil {
		b.Set("error", value.Collection(value.F("type", value.Text(string(op.Error.Kind))),
			value.F("message", value.Text(op.Error.Error())), value.F("hint", value.Text(op.Error.Hint))))
	}
	if len(op.Exchanges) > 0 {
		b.Set("exchanges", value.Array(op.Exchanges...))
	}
	line := value.AppendJSON(nil, b.Build())
	if op.Output != nil {
		line = append(line[:len(line)-1], `,"output":[`...)
	}
	if _, t.err = t.w.Write(line); t.err != nil || op.Output == nil {
		t.newline()
		return
	}
	t.bundles(op)
	t.newline()
}

// bundles writes the output one by one, so that a large one does not have to fit into memory.
func (t *tracer) bundles(op runner.Trace) {
	for i := range op.Output.Len() {
		v, err := op.Output.At(i)
		if err != nil {
			t.err = fmt.Errorf("trace module %d: %w", op.Module, err)
			return
		}
		var line []byte
		if i > 0 {
			line = append(line, ',')
		}
		if _, t.err = t.w.Write(value.AppendJSON(line, v)); t.err != nil {
			return
		}
	}
	_, t.err = t.w.WriteString("]}")
}

func (t *tracer) newline() {
	if t.err == nil {
		t.err = t.w.WriteByte('\n')
	}
}

func (t *tracer) close() error {
	if t == nil {
		return nil
	}
	if err := t.w.Flush(); t.err == nil {
		t.err = err
	}
	if err := t.file.Close(); t.err == nil {
		t.err = err
	}
	if t.err != nil {
		return fmt.Errorf("write the trace: %w", t.err)
	}
	return nil
}
