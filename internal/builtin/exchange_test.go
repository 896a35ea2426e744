package builtin

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// A record becomes the same value as by way of its JSON form, which history has always shown.
func TestExchangeValue(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]outbound.Exchange{
		"no answer": {Method: "GET", URL: "http://127.0.0.1/", Error: "connection refused"},
		"everything": {
			Method: "POST", URL: "http://127.0.0.1/a?b=c", RequestHeader: http.Header{"B": {"2", "3"}, "A": {"1"}},
			RequestBody: outbound.RecordedBody{Bytes: 3, Text: "a\xffb", Note: "cut"}, Redirects: []string{"http://127.0.0.1/d"},
			Status: 200, ResponseHeader: http.Header{"X": {"ä\xfe"}}, ResponseBody: outbound.RecordedBody{Bytes: 1 << 40},
			Duration: 1234567 * time.Nanosecond,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := json.Marshal(record)
			if err != nil {
				t.Fatal(err)
			}
			want, err := value.ParseJSON(data)
			if err != nil {
				t.Fatal(err)
			}
			got, gotErr := json.Marshal(exchangeValue(record))
			wanted, wantErr := json.Marshal(want)
			if gotErr != nil || wantErr != nil || string(got) != string(wanted) {
				t.Errorf("got %s\nwant %s (%v, %v)", got, wanted, gotErr, wantErr)
			}
		})
	}
}
