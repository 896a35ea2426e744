// Package web serves the pages that people open in a browser: so far those that links lead to, for the first user, an invitation and a
// new password, and that to sign in, with an API token for the commands at the end.
//
// It exists so that no link of ours leads nowhere. The pages talk to the API like any other caller and hold no rules. They load
// nothing from elsewhere and contain no script or style inside their text, which their content security policy forbids.
package web
