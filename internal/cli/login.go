package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/remote"
)

// Environment variables that name a server, and the token for it.
const (
	serverVariable = "ROPEWAY_SERVER"
	tokenVariable  = "ROPEWAY_TOKEN"
)

// settingsDir is where the tokens of servers are kept.
func settingsDir(env *Env) (string, error) {
	if dir := env.Getenv("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, "ropeway"), nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fault.Wrap(fault.InvalidConfiguration, err, "Nobody knows where your settings are.").WithHint("set XDG_CONFIG_HOME or HOME, or use " + tokenVariable)
	}
	return filepath.Join(dir, "ropeway"), nil
}

func tokensOf(env *Env) (*remote.Tokens, error) {
	dir, err := settingsDir(env)
	if err != nil {
		return nil, err
	}
	return remote.TokensIn(dir), nil
}

// remoteServer is a server that somebody has signed in to.
func remoteServer(env *Env, address string) (*remote.Server, error) {
	token := env.Getenv(tokenVariable)
	if token == "" {
		tokens, err := tokensOf(env)
		if err != nil {
			return nil, err
		}
		known, ok, err := tokens.Get(address)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fault.Newf(fault.InvalidConfiguration, "You are not signed in to %s.", address).WithHint("ropeway login " + address)
		}
		token = known.Token
	}
	return remote.New(address, token)
}

func newLogin(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "login ADDRESS", Short: "Sign in to a server, so that commands can work on it with --server", Args: oneWord("the address of a server"),
		Long: `Login asks for an API token and keeps it for the server, in a file that only you can read. Make the token on the server, for
yourself and with the rights that the commands shall have. Standard input that is no terminal is read for the token.

Without keeping anything, set ROPEWAY_SERVER and ROPEWAY_TOKEN.`,
		RunE: func(cmd *cobra.Command, args []string) error { return login(cmd.Context(), env, args[0]) },
	}
}

func newLogout(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "logout ADDRESS", Short: "Forget the token of a server", Args: oneWord("the address of a server"),
		Long: "Logout removes the token from this machine. It stays valid until it is revoked on the server.",
		RunE: func(_ *cobra.Command, args []string) error {
			tokens, err := tokensOf(env)
			if err != nil {
				return err
			}
			ok, err := tokens.Remove(args[0])
			if err == nil && !ok {
				err = fault.Newf(fault.InvalidConfiguration, "You are not signed in to %s.", args[0])
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(env.Stdout, "the token for %s is removed from this machine; revoke it on the server if nobody needs it\n", args[0])
			return nil
		},
	}
}

func login(ctx context.Context, env *Env, address string) error {
	if _, err := remote.ParseAddress(address); err != nil {
		return err
	}
	token, err := askForToken(env)
	if err != nil {
		return err
	}
	server, err := remote.New(address, token)
	if err != nil {
		return err
	}
	c := &client{env: env, flags: &dataFlags{server: address}, transport: server, live: true}
	var me whoIs
	if err := c.call(ctx, http.MethodGet, "/me", nil, 0, nil, &me); err != nil {
		return fmt.Errorf("sign in to %s: %w", address, err)
	}
	tokens, err := tokensOf(env)
	if err != nil {
		return err
	}
	if err := tokens.Put(address, remote.Known{Token: token, User: me.Email}); err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "signed in to %s as %s; add --server %s to commands\n", address, me.Email, address)
	return nil
}

// whoIs is what login reads of the caller's own account.
type whoIs struct {
	Email string `json:"email"`
}

// askForToken reads a token without showing it.
func askForToken(env *Env) (string, error) {
	token, err := askSecret(env, "API token: ")
	if err == nil && token == "" {
		err = fault.New(fault.InvalidConfiguration, "No token was given.").WithHint("make one on the server, and give it on standard input")
	}
	return token, err
}

// maxSecretBytes is the length of a secret that is typed.
const maxSecretBytes = 4 << 10

// askSecret asks for a secret on the terminal, without showing what is typed. Standard input that is no terminal is read up to
// the end of its first line.
func askSecret(env *Env, prompt string) (string, error) {
	if f, ok := env.Stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(env.Stderr, prompt)
		typed, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(env.Stderr)
		if err != nil {
			return "", fmt.Errorf("read from the terminal: %w", err)
		}
		return strings.TrimSpace(string(typed)), nil
	}
	line, err := bufio.NewReader(io.LimitReader(env.Stdin, maxSecretBytes)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	return strings.TrimSpace(line), nil
}
