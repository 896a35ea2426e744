package account

import (
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
)

// TestTOTPCodes compares with appendix B of RFC 6238, whose codes end in these six digits.
func TestTOTPCodes(t *testing.T) {
	t.Parallel()
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := totpCode([]byte("12345678901234567890"), totpStep(time.Unix(at, 0))); got != want {
			t.Errorf("at %d: got %s, want %s", at, got, want)
		}
	}
}

// enrolled gives a user a second factor and returns its secret and the recovery codes.
func (b *bench) enrolled(t *testing.T, p *access.Principal) (secret []byte, codes []string) {
	t.Helper()
	e, err := b.EnrolTwoFactor(b.ctx, p, hidden(goodPassword), from("192.0.2.1"))
	must(t, err)
	u, err := url.Parse(e.URI.Reveal())
	must(t, err)
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Query().Get("secret") != e.Key.Reveal() || u.Query().Get("issuer") != "Ropeway" || !strings.HasSuffix(u.Path, ":"+p.Email) {
		t.Errorf("got %s, want an address for authenticator apps", u)
	}
	secret, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(e.Key.Reveal())
	must(t, err)
	codes, err = b.ConfirmTwoFactor(b.ctx, p, totpCode(secret, totpStep(b.clock.Now())), from("192.0.2.1"))
	must(t, err)
	return secret, codes
}

func TestTwoFactor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	faulty(t, "without the password", second(b.EnrolTwoFactor(b.ctx, ann, hidden("wrong password"), from("192.0.2.1"))), fault.BundleValidation)
	faulty(t, "confirming nothing", second(b.ConfirmTwoFactor(b.ctx, ann, "123456", from("192.0.2.1"))), fault.Data)
	secret, codes := b.enrolled(t, ann)
	faulty(t, "a second one", second(b.EnrolTwoFactor(b.ctx, ann, hidden(goodPassword), from("192.0.2.1"))), fault.Data)

	now := func() string { return totpCode(secret, totpStep(b.clock.Now())) }
	try := func(code string) error { return second(b.signIn("ann@example.com", goodPassword, code, "192.0.2.1")) }
	err := try("")
	refused(t, "without a code", err, access.ErrUnauthenticated)
	if fault.From(err).Field != "code" {
		t.Errorf("got %+v, want that the code is asked for", fault.From(err))
	}
	refused(t, "the code that confirmed", try(now()), access.ErrUnauthenticated)
	b.clock.Advance(totpPeriod)
	code := now()
	must(t, try(code[:3]+" "+code[3:]))
	refused(t, "the same code again", try(code), access.ErrUnauthenticated)
	refused(t, "an older code", try(totpCode(secret, totpStep(b.clock.Now())-1)), access.ErrUnauthenticated)
	refused(t, "a code of long ago", try(totpCode(secret, totpStep(b.clock.Now())-2)), access.ErrUnauthenticated)
	must(t, try(totpCode(secret, totpStep(b.clock.Now())+1))) // a clock that is ahead
	refused(t, "a code without the password", second(b.signIn("ann@example.com", "wrong password", codes[0], "192.0.2.1")), access.ErrUnauthenticated)

	must(t, try(strings.ToUpper(codes[0])))
	refused(t, "the same recovery code again", try(codes[0]), access.ErrUnauthenticated)
	if n := b.events.count(RecoveryCodeUsed); n != 1 {
		t.Errorf("got %d reports of used recovery codes, want one", n)
	}
	left, err := b.RecoveryCodesLeft(b.ctx, ann)
	must(t, err)
	if left != RecoveryCodeCount-1 {
		t.Errorf("got %d recovery codes left, want %d", left, RecoveryCodeCount-1)
	}
	fresh, err := b.ReplaceRecoveryCodes(b.ctx, ann, codes[1], from("192.0.2.1"))
	must(t, err)
	refused(t, "a replaced recovery code", try(codes[2]), access.ErrUnauthenticated)
	faulty(t, "removed with a used code", b.DisableTwoFactor(b.ctx, ann, hidden(goodPassword), codes[1], from("192.0.2.1")), fault.BundleValidation)
	must(t, b.DisableTwoFactor(b.ctx, ann, hidden(goodPassword), fresh[0], from("192.0.2.1")))
	must(t, try(""))
}

func TestGuessingCodesIsSlowed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	b.enrolled(t, ann)
	var err error
	for i := 0; i < 2*guessesOfAccount && fault.KindOf(err) != fault.RateLimit; i++ {
		err = second(b.signIn("ann@example.com", goodPassword, fmt.Sprintf("%06d", i), fmt.Sprintf("2001:db8:%x::1", i)))
	}
	faulty(t, "codes with the right password", err, fault.RateLimit)
	err = nil
	b.clock.Advance(time.Hour)
	for i := 0; i < 2*guessesOfAddress && fault.KindOf(err) != fault.RateLimit; i++ {
		err = b.DisableTwoFactor(b.ctx, ann, hidden(goodPassword), fmt.Sprintf("%06d", i), from(fmt.Sprintf("2001:db8:%x::1", i)))
	}
	faulty(t, "codes in an open session", err, fault.RateLimit)
}

func TestTwoFactorIsSealedForItsUser(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	secret, _ := b.enrolled(t, ann)
	u, err := b.data.User(b.ctx, ann.User)
	must(t, err)
	if strings.Contains(string(u.Sealed), string(secret)) {
		t.Error("the secret is stored in clear")
	}
	u.ID++
	if _, err := b.secondFactor(u, totpCode(secret, totpStep(b.clock.Now()))); err == nil {
		t.Error("the sealed secret of one user opens for another")
	}
}
