package module

import (
	"testing"

	"github.com/ropeway/ropeway/internal/value"
)

func TestFieldsThatAreNotMappable(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]bool{
		`{"name":"a","mappable":false}`:             true,
		`{"name":"a","mappable":true}`:              false,
		`{"name":"a"}`:                              false,
		`{"name":"a","mappable":{"help":"Choose"}}`: false,
		`{"name":"a","mappable":"false"}`:           false,
	} {
		v, err := value.ParseJSON([]byte(written))
		if err != nil {
			t.Fatal(err)
		}
		if f := ParseField(v); f.NotMappable != want {
			t.Errorf("%s: got %t, want %t", written, f.NotMappable, want)
		}
	}
}
