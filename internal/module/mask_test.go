package module

import (
	"testing"

	"github.com/ropeway/ropeway/internal/value"
)

func TestMask(t *testing.T) {
	t.Parallel()
	fields := []Field{
		{Name: "url", Type: "url"},
		{Name: "authPass", Type: "password"},
		{Name: "headers", Type: "array", Spec: []Field{{Name: "name", Type: "text"}, {Name: "value", Type: "text"}}},
		{Name: "mode", Type: "select", Options: []Option{{Value: value.Text("key"), Nested: []Field{{Name: "pin", Type: "password"}}}}},
		{Name: "login", Type: "collection", Spec: []Field{{Name: "user", Type: "text"}, {Name: "word", Type: "password"}}},
	}
	tests := []struct{ name, in, want string }{
		{"password", `{"url":"u","authPass":"s"}`, `{"url":"u","authPass":"***"}`},
		{"empty password stays", `{"authPass":"","url":null}`, `{"authPass":"","url":null}`},
		{"password of a choice", `{"mode":"key","pin":"s"}`, `{"mode":"key","pin":"***"}`},
		{"nested password", `{"login":{"user":"u","word":"s"}}`, `{"login":{"user":"u","word":"***"}}`},
		{
			"headers", `{"headers":[{"name":"Authorization","value":"s"},{"name":"X-Api_Key","value":"s"},{"name":"Accept","value":"a"}]}`,
			`{"headers":[{"name":"Authorization","value":"***"},{"name":"X-Api_Key","value":"***"},{"name":"Accept","value":"a"}]}`,
		},
		{"a field of the same name elsewhere", `{"login":{"authPass":"s"}}`, `{"login":{"authPass":"s"}}`},
		{"header of an unknown field", `{"more":[{"key":"cookie","value":"s"}]}`, `{"more":[{"key":"cookie","value":"***"}]}`},
		{"no collection", `"s"`, `"s"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in, err := value.ParseJSON([]byte(tt.in))
			if err != nil {
				t.Fatalf("ParseJSON(%s): %v", tt.in, err)
			}
			if got := Mask(fields, in).JSON(); got != tt.want {
				t.Errorf("Mask(%s)\ngot  %s\nwant %s", tt.in, got, tt.want)
			}
			if got := in.JSON(); got != tt.in {
				t.Errorf("Mask changed its argument: got %s, want %s", got, tt.in)
			}
		})
	}
}
