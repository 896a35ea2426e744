package engine

import "slices"

// Seal makes data a checkpoint of the plan that is whole, whatever it holds.
func (p *Plan) Seal(data []byte) []byte {
	head := make([]byte, 0, len(data)+1+2*sumBytes)
	head = append(head, checkpointForm)
	for shift := range sumBytes {
		head = append(head, byte(p.identity>>(8*shift)))
	}
	return sealCheckpoint(append(head, data...))
}

// Unseal returns what Seal takes.
func Unseal(checkpoint []byte) []byte {
	return slices.Clone(checkpoint[1+sumBytes : len(checkpoint)-sumBytes])
}

// WithForm returns the checkpoint as one of another form.
func WithForm(checkpoint []byte, form byte) []byte {
	data := append([]byte{form}, checkpoint[1:len(checkpoint)-sumBytes]...)
	return sealCheckpoint(data)
}
