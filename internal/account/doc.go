// Package account knows the people: how they prove who they are, and what they belong to.
//
// It exists so that there is one place where passwords, sessions, API tokens, second factors, invitations and single
// sign-on are checked, and where roles are given. It hands out secrets once and has only hashes of them stored. It does not say what a
// role may do, which package access does, and it speaks no HTTP to browsers: cookies and addresses are the business of whoever serves.
package account

import "time"

// Work of one password hash: what the OWASP password storage cheat sheet asks of argon2id at least.
const (
	hashMemoryKiB = 19 << 10
	hashPasses    = 2
	hashLanes     = 1
	saltBytes     = 16
	keyBytes      = 32
	// hashesAtOnce bounds the memory of password hashing, hashesWaiting those who wait for it.
	hashesAtOnce  = 2
	hashesWaiting = 64
)

// Limits of what people enter.
const (
	// MinPasswordRunes and MaxPasswordBytes bound the length of a password.
	MinPasswordRunes = 10
	MaxPasswordBytes = 512
	// minDistinctRunes is how many different characters a password has at least.
	minDistinctRunes = 5
	// MaxEmailBytes is the length of an address.
	MaxEmailBytes = 254
	// MaxNameRunes is the length of the name of a person.
	MaxNameRunes = 120
	// maxAgentBytes is how much of the name of a browser is kept.
	maxAgentBytes = 200
	// MaxTokensOfUser is how many API tokens a user has at once.
	MaxTokensOfUser = 100
)

// Lives of what proves who calls.
const (
	// SessionIdle ends a session that is not used, SessionLife every session.
	SessionIdle = 3 * 24 * time.Hour
	SessionLife = 30 * 24 * time.Hour
	// InvitationLife, ResetLife and AddressLife are how long links work; the first-run link lives as long as the process.
	InvitationLife = 7 * 24 * time.Hour
	ResetLife      = time.Hour
	AddressLife    = time.Hour
	// SSOLife is how long a person may take at the identity provider.
	SSOLife = 10 * time.Minute
	// noteEvery is how often it is noted at most that a session or token was used.
	noteEvery = time.Minute
)

// Limits of guessing: how many attempts there are at once, and how long it takes until there is one more.
const (
	guessesOfAccount     = 10
	guessOfAccountEvery  = time.Minute
	guessesOfAddress     = 30
	guessOfAddressEvery  = 10 * time.Second
	lettersToAddress     = 3
	letterToAddressEvery = 20 * time.Minute
	// maxThrottled is how many accounts or addresses are watched at once.
	maxThrottled = 20_000
)

// RecoveryCodeCount is how many recovery codes a user gets.
const RecoveryCodeCount = 10

// The organization and the team that every installation begins with.
const (
	homeOrganization = 1
	homeTeam         = 1
)
