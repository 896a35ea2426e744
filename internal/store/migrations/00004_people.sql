-- Of passwords, sessions, tokens and everything that is sent in links only hashes are kept.

-- +goose Up

CREATE TABLE user (
    id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, -- in small letters
    name TEXT NOT NULL, language TEXT NOT NULL, zone TEXT NOT NULL,
    password TEXT NOT NULL, -- argon2id in PHC form, '' for none
    totp BLOB, -- the sealed secret of the second factor, NULL for none
    two_factor INTEGER NOT NULL, -- 1: the second factor is asked for at sign-in
    totp_step INTEGER NOT NULL, -- the newest step of time whose code was used
    disabled INTEGER NOT NULL, administrator INTEGER NOT NULL,
    verified INTEGER NOT NULL, -- when the user proved to own the address, 0 never
    signed_in INTEGER NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL
);

-- Codes that stand in for the second factor, once each.
CREATE TABLE recovery_code (user INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (user, hash)) WITHOUT ROWID;

CREATE TABLE organization_member (
    organization INTEGER NOT NULL, user INTEGER NOT NULL, role TEXT NOT NULL,
    PRIMARY KEY (organization, user)
) WITHOUT ROWID;
CREATE INDEX organization_member_of_user ON organization_member (user);

CREATE TABLE team_member (
    team INTEGER NOT NULL, user INTEGER NOT NULL, role TEXT NOT NULL,
    rights TEXT NOT NULL, -- JSON: a list of names, of a restricted user
    PRIMARY KEY (team, user)
) WITHOUT ROWID;
CREATE INDEX team_member_of_user ON team_member (user);

CREATE TABLE session (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, user INTEGER NOT NULL,
    created INTEGER NOT NULL, seen INTEGER NOT NULL, expires INTEGER NOT NULL,
    agent TEXT NOT NULL, address TEXT NOT NULL
);
CREATE INDEX session_of_user ON session (user, id);
CREATE INDEX session_expires ON session (expires);

CREATE TABLE token (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, user INTEGER NOT NULL, name TEXT NOT NULL,
    scopes TEXT NOT NULL, -- JSON: a list of names
    team INTEGER NOT NULL, -- 0 = every team
    created INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER NOT NULL
);
CREATE INDEX token_of_user ON token (user, id);
CREATE INDEX token_expires ON token (expires) WHERE expires > 0;

-- What is sent to people, works once and expires: invitations and links to a new password.
CREATE TABLE voucher (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, hash BLOB NOT NULL UNIQUE,
    user INTEGER NOT NULL, email TEXT NOT NULL, mailed INTEGER NOT NULL,
    organization INTEGER NOT NULL, role TEXT NOT NULL, team INTEGER NOT NULL, team_role TEXT NOT NULL, rights TEXT NOT NULL,
    author INTEGER NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL
);
CREATE INDEX voucher_of_organization ON voucher (organization, id) WHERE organization > 0;
CREATE INDEX voucher_of_user ON voucher (user) WHERE user > 0;
CREATE INDEX voucher_of_email ON voucher (email);
CREATE INDEX voucher_expires ON voucher (expires);

-- Who a user is where others vouch for him.
CREATE TABLE identity (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, user INTEGER NOT NULL, created INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) WITHOUT ROWID;
CREATE INDEX identity_of_user ON identity (user);

INSERT INTO counter (name, reserved) VALUES ('user', 1), ('session', 1), ('token', 1), ('voucher', 1);
