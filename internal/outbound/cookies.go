package outbound

import (
	"net/http"
	"net/http/cookiejar"

	"golang.org/x/net/publicsuffix"
)

// CookieJar keeps the cookies of one execution, so that its HTTP modules can
// share a session. It is safe for concurrent use and holds them in memory only.
type CookieJar struct{ jar http.CookieJar }

// NewCookieJar returns an empty jar.
func NewCookieJar() *CookieJar {
	// New never fails: its error is kept for options that do not exist yet.
	jar, _ := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	return &CookieJar{jar: jar}
}

// httpJar returns the jar in the form that http.Client takes; nil for no jar.
func (j *CookieJar) httpJar() http.CookieJar {
	if j == nil {
		return nil
	}
	return j.jar
}
