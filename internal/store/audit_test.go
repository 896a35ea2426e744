package store

import (
	"errors"
	"strings"
	"testing"
)

func TestAuditChainMissesNothing(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, change, want string }{
		{"nothing", "SELECT 1", ""},
		{"who", "UPDATE audit SET actor = 'eve' WHERE id = 2", "entry 2 does not follow"},
		{"what", "UPDATE audit SET details = '{}' WHERE id = 3", "entry 3 does not follow"},
		{"whose", "UPDATE audit SET team = 9 WHERE id = 1", "entry 1 does not follow"},
		{"one in the middle", "DELETE FROM audit WHERE id = 2", "entry 3 does not follow"},
		{"the last", "DELETE FROM audit WHERE id = 3", "entry 3 is missing"},
		{"all", "DELETE FROM audit", "entry 3 is missing"},
		{"two that change places", "UPDATE audit SET id = CASE id WHEN 2 THEN -3 ELSE -2 END WHERE id > 1; UPDATE audit SET id = -id WHERE id < 0", "entry 2 does not follow"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := openIn(t, t.TempDir(), Options{})
			for _, actor := range []string{"ann", "bob", "cyd"} {
				if err := s.Audit(t.Context(), AuditEntry{Actor: actor, Action: "scenario.start", Details: `{"a":1}`}); err != nil {
					t.Fatal(err)
				}
			}
			for statement := range strings.SplitSeq(tc.change, ";") {
				if err := s.writer.between(t.Context(), func(c *conn) error { _, err := c.exec(statement); return err }); err != nil {
					t.Fatal(err)
				}
			}
			id, _, err := s.CheckAudit(t.Context())
			switch {
			case tc.want == "" && (err != nil || id != 3):
				t.Errorf("got %d entries, error %v", id, err)
			case tc.want != "" && (!errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}
