package account

import (
	"context"

	"github.com/ropeway/ropeway/internal/access"
)

// Action names what happened to an account.
type Action string

// What happens to accounts.
const (
	SetUp             Action = "installation.set_up"
	SignedInAction    Action = "user.sign_in"
	SignedOutAction   Action = "user.sign_out"
	SessionsEnded     Action = "user.sessions_end"
	GuessingSlowed    Action = "user.guessing" // attempts are refused from now on
	RecoveryCodeUsed  Action = "user.recovery_code"
	PasswordChanged   Action = "user.password_change"
	ResetAsked        Action = "user.password_reset_ask"
	PasswordReset     Action = "user.password_reset"
	EmailAsked        Action = "user.email_ask"
	EmailChanged      Action = "user.email_change"
	TwoFactorOn       Action = "user.two_factor_on"
	TwoFactorOff      Action = "user.two_factor_off"
	RecoveryReplaced  Action = "user.recovery_codes"
	TokenCreated      Action = "token.create"
	TokenDeleted      Action = "token.delete"
	UserCreated       Action = "user.create"
	UserChanged       Action = "user.change"
	IdentityLinked    Action = "user.identity_link"
	InvitationSent    Action = "invitation.create"
	InvitationDeleted Action = "invitation.delete"
	InvitationUsed    Action = "invitation.accept"
	MemberChanged     Action = "organization.member"
	TeamMemberChanged Action = "team.member"
)

// Event is something that happened to an account. No secret stands in it.
type Event struct {
	Action Action
	By     string // who did it
	User   int64  // who it is about, 0 where that is not a user
	About  string // the address of the user, the name of a token
	// Address is where the call came from, "" where that does not matter.
	Address       string
	Organization  int64 // 0 for none
	Team          int64 // 0 for none
	Before, After string
}

// Observer is told of events: to log them, to note them for an audit, and to tell people of what they should know.
type Observer interface {
	// Observe must not take long; the caller waits for it.
	Observe(ctx context.Context, e Event)
}

func (s *Service) tell(ctx context.Context, by *access.Principal, e Event) {
	if s.observer == nil {
		return
	}
	if e.By == "" {
		e.By = by.Name()
	}
	s.observer.Observe(ctx, e)
}
