package account

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

func TestTokenDoesWhatItsScopesSay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	k, secret, err := b.CreateToken(b.ctx, ann, NewToken{Name: "CI", Scopes: []string{"scenario.run", "account"}, Team: 1, Expires: b.clock.Now().Add(time.Hour)})
	must(t, err)
	if !regexp.MustCompile(`^rw_[a-z2-7]{52}$`).MatchString(secret.Reveal()) {
		t.Errorf("got a token of the form %q", secret.Reveal())
	}
	p, err := b.Principal(b.ctx, Credential{Token: secret, Session: hidden("anything")})
	must(t, err)
	if p.User != ann.User || p.Token != k.ID || p.Session || !p.May(access.RunScenarios, 1) || p.May(access.ViewScenarios, 1) || p.MayIn(access.ViewOrganization, 1) || p.MayGlobally(access.ManageInstallation) {
		t.Errorf("got %+v, want Ann with one right in one team", p)
	}
	refused(t, "a token makes a token", third(b.CreateToken(b.ctx, p, NewToken{Name: "more", Scopes: []string{"account"}})), access.ErrDenied)
	refused(t, "a token changes the password", b.ChangePassword(b.ctx, p, hidden(goodPassword), hidden("another good password"), from("192.0.2.1")), access.ErrDenied)
	refused(t, "a token removes another token", b.DeleteToken(b.ctx, p, k.ID+1), access.ErrDenied)
	refused(t, "a token enrols a second factor", second(b.EnrolTwoFactor(b.ctx, p, hidden(goodPassword), from("192.0.2.1"))), access.ErrDenied)
	refused(t, "a token leaves the organization", b.RemoveMember(b.ctx, p, 1, ann.User), store.ErrNotFound)
	if list, err := b.ListTokens(b.ctx, p); err != nil || len(list) != 1 || !list[0].Used.Equal(b.clock.Now()) {
		t.Errorf("got tokens %+v (%v), want one that was used now", list, err)
	}
	b.clock.Advance(time.Hour)
	refused(t, "a token that has expired", second(b.Principal(b.ctx, Credential{Token: secret})), access.ErrUnauthenticated)
}

func third[A, B any](_ A, _ B, err error) error { return err }

func TestTokenUseIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	k, secret, err := b.CreateToken(b.ctx, ann, NewToken{Name: "CI", Scopes: []string{"scenario.run"}})
	must(t, err)
	first := b.clock.Now()
	for range 4 {
		_, err := b.Principal(b.ctx, Credential{Token: secret})
		must(t, err)
		b.clock.Advance(20 * time.Second)
	}
	list, err := b.ListTokens(b.ctx, ann)
	must(t, err)
	if got := list[0].Used.Sub(first); got != time.Minute {
		t.Errorf("got a use noted %s behind the first, want a minute", got)
	}
	p, err := b.Principal(b.ctx, Credential{Token: secret})
	must(t, err)
	must(t, b.DeleteToken(b.ctx, p, k.ID)) // a program signs itself out
	refused(t, "a token that was deleted", second(b.Principal(b.ctx, Credential{Token: secret})), access.ErrUnauthenticated)
}

func TestTokensThatAreNotMade(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	scope := []string{"scenario.run"}
	for _, tc := range []struct {
		name  string
		token NewToken
		field string
	}{
		{"no name", NewToken{Scopes: scope}, "name"},
		{"no scope", NewToken{Name: "x"}, "scopes"},
		{"an unknown scope", NewToken{Name: "x", Scopes: []string{"everything"}}, "scopes"},
		{"expired before it begins", NewToken{Name: "x", Scopes: scope, Expires: b.clock.Now()}, "expires"},
	} {
		err := third(b.CreateToken(b.ctx, ann, tc.token))
		if f := fault.From(err); f == nil || f.Field != tc.field {
			t.Errorf("%s: got %v, want a fault of %s", tc.name, err, tc.field)
		}
	}
	if err := third(b.CreateToken(b.ctx, ann, NewToken{Name: "x", Scopes: scope, Team: 9})); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("for a team of others: got %v", err)
	}
	for range MaxTokensOfUser {
		must(t, third(b.CreateToken(b.ctx, ann, NewToken{Name: "x", Scopes: scope})))
	}
	faulty(t, "one too many", third(b.CreateToken(b.ctx, ann, NewToken{Name: "x", Scopes: scope})), fault.OperationsLimit)
}

// TestTokensOfOldNames: a scope that this version does not know grants nothing, and never everything.
func TestTokensOfOldNames(t *testing.T) {
	t.Parallel()
	for _, scopes := range [][]string{nil, {"gone"}} {
		if got := scopesOf(store.Token{Scopes: scopes}); got == nil || len(got) != 0 {
			t.Errorf("%v: got %#v, want an empty list", scopes, got)
		}
	}
}

func FuzzPHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5")
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5")
	f.Add("$argon2i$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, text string) {
		h, ok := parsePHC(text)
		if ok && (h.String() != text || h.work.MemoryKiB > maxMemoryKiB || h.work.Passes > maxPasses || h.work.Lanes == 0) {
			t.Errorf("%q was read as %+v", text, h)
		}
	})
}

func FuzzSecrets(f *testing.F) {
	f.Add(drawSecret(tokenPrefix))
	f.Add(drawSecret(sessionPrefix))
	f.Add("rw_")
	form := regexp.MustCompile(`^rws?_[a-z2-7]{52}$`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, prefix := range []string{tokenPrefix, sessionPrefix} {
			if hash, ok := hashOf(prefix, text); ok && (len(hash) != 32 || !form.MatchString(text)) {
				t.Errorf("%q was taken for a secret", text)
			}
		}
	})
}

func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{"/", "/scenarios/7?x=1#y", "//evil.example", "/\\evil.example", "https://evil.example", "/%5cevil", "/\tx", "javascript:alert(1)"} {
		f.Add(seed)
	}
	plain := regexp.MustCompile(`^/($|[^/\\])`)
	f.Fuzz(func(t *testing.T, text string) {
		if got := localPath(text); got != "/" && (got != text || !plain.MatchString(got)) {
			t.Errorf("%q leads to %q", text, got)
		}
	})
}

func FuzzEmail(f *testing.F) {
	for _, seed := range []string{"ann@example.com", "Ann <ann@example.com>", "a@b", "x@y\r\nBcc: z@y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		email, err := parseEmail(text)
		if err != nil {
			return
		}
		if again, err := parseEmail(email); err != nil || again != email || regexp.MustCompile(`[\s<>"]`).MatchString(email) {
			t.Errorf("%q was read as %q, and that as %q (%v)", text, email, again, err)
		}
	})
}
