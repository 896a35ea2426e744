package server

import (
	"context"
	"encoding/binary"

	"github.com/ropeway/ropeway/internal/runner"
)

const (
	// checkpointForm is the form in which a checkpoint of the engine is stored with what goes with it.
	checkpointForm = 1
	// maxStaged is of how many operations a checkpoint may say that their changes are not committed. Where there are more, none is
	// written before they are.
	maxStaged = 1000
)

var _ runner.Checkpoints = (*journal)(nil)

// Checkpoint returns the state of the engine that was written last. The changes that were not committed then are staged again.
func (j *journal) Checkpoint(ctx context.Context) ([]byte, error) {
	if len(j.recorded) == 0 {
		return nil, nil
	}
	staged, state, ok := unpackCheckpoint(j.recorded[0].Checkpoint)
	if !ok {
		return nil, nil
	}
	for _, address := range staged {
		if _, _, err := j.Find(ctx, address); err != nil { // stages it; one without a result will be run again
			return nil, err
		}
	}
	return state, nil
}

// Refused forgets what was staged again: a replay from the beginning comes to it by itself.
func (j *journal) Refused(cause error) {
	j.changes.done("")
	j.refusal = cause
}

// packCheckpoint puts the addresses of what is not committed in front of the state of the engine; nil where they are too many.
func packCheckpoint(staged []string, state []byte) []byte {
	if len(staged) > maxStaged {
		return nil
	}
	data := binary.AppendUvarint([]byte{checkpointForm}, uint64(len(staged)))
	for _, address := range staged {
		data = append(binary.AppendUvarint(data, uint64(len(address))), address...)
	}
	return append(data, state...)
}

// unpackCheckpoint takes apart what packCheckpoint has made; ok is false for anything else.
func unpackCheckpoint(data []byte) (staged []string, state []byte, ok bool) {
	if len(data) == 0 || data[0] != checkpointForm {
		return nil, nil, false
	}
	n, size := binary.Uvarint(data[1:])
	if size <= 0 || n > maxStaged {
		return nil, nil, false
	}
	data = data[1+size:]
	for range n {
		length, size := binary.Uvarint(data)
		if size <= 0 || length > uint64(len(data)-size) {
			return nil, nil, false
		}
		data = data[size:]
		staged, data = append(staged, string(data[:length])), data[length:]
	}
	return staged, data, true
}
