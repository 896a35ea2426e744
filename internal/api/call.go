package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// call is one request on its way to the service. Mistakes in its path and query are gathered, so that handlers read what
// they need and ask once.
type call struct {
	*http.Request
	route   *Route
	matched bool // it names the revision that it changes
	err     error
	// teams are those in which the caller has the right, nil for all: of a route of Teams.
	teams []int64
	// team and organization are those of the thing that the path names, 0 where they are not known.
	team, organization int64
	deed               *Deed // what the call is in the audit log, nil where it changes nothing
	asked              any   // the body, once it was read
	reply              http.Header
	secure             bool // cookies go over TLS only
}

// checkQuery refuses parameters that the route does not have.
func (c *call) checkQuery() error {
	for name := range c.URL.Query() {
		if !slices.ContainsFunc(c.route.parameters(), func(p Parameter) bool { return p.Name == name }) {
			return badRequest("There is no parameter %q here.", name)
		}
	}
	return nil
}

func (c *call) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// number reads a number from the path.
func (c *call) number(name string) int64 {
	return c.parse(name, c.PathValue(name))
}

// queryNumber reads a number from the query, 0 where it is left away.
func (c *call) queryNumber(name string) int64 {
	text := c.URL.Query().Get(name)
	if text == "" {
		return 0
	}
	return c.parse(name, text)
}

func (c *call) parse(name, text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		c.fail(badRequest("%s: %q is not a number.", name, text))
	}
	return n
}

// limit reads how long a page may be.
func (c *call) limit() int {
	n := c.queryNumber("limit")
	if n == 0 {
		return DefaultPage
	}
	if n > MaxPage {
		c.fail(badRequest("limit: at most %d are listed at once.", MaxPage))
	}
	return int(n)
}

func (c *call) time(name string) time.Time {
	text := c.URL.Query().Get(name)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		c.fail(badRequest("%s: %q is not a time such as 2026-01-31T09:00:00Z.", name, text))
	}
	return t
}

// listing reads which page of things is asked for, and of which teams. One more than the page is listed, to know whether there is
// a next one.
func (c *call) listing() Listing {
	return Listing{Teams: c.teams, Name: c.URL.Query().Get("name"), After: c.queryNumber("after"), Limit: c.limit() + 1}
}

func (c *call) flag(name string) bool {
	switch text := c.URL.Query().Get(name); text {
	case "":
		return false
	case "true", "false":
		return text == "true"
	default:
		c.fail(badRequest("%s: %q is neither true nor false.", name, text))
		return false
	}
}

// choice reads what may be true, false, or left away: nil.
func (c *call) choice(name string) *bool {
	if c.URL.Query().Get(name) == "" {
		return nil
	}
	return new(c.flag(name))
}

// words reads a list of words, separated by commas.
func (c *call) words(name string) []string {
	text := c.URL.Query().Get(name)
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// revision reads the revision that the caller has seen from If-Match, 0 where it names none.
func (c *call) revision() int64 {
	tag := c.Header.Get("If-Match")
	if tag == "" || tag == "*" {
		return 0
	}
	n, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`), 10, 64)
	if err != nil || n < 1 {
		c.fail(badRequest("If-Match: %q is not an ETag of this interface.", tag))
	}
	c.matched = true
	return n
}

// body decodes the JSON of the body. A field that is not known is refused: it would else be lost.
func (c *call) body(into any) {
	if c.err != nil {
		return
	}
	c.asked = into
	d := json.NewDecoder(c.Body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil && d.More() {
		err = errors.New("there is more behind its end")
	}
	if err != nil {
		c.fail(bodyFault(err))
	}
}

// optionalBody does the same, and leaves into alone where there is no body.
func (c *call) optionalBody(into any) {
	if c.ContentLength != 0 {
		c.body(into)
	}
}

func bodyFault(err error) error {
	var large *http.MaxBytesError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &large):
		return refusal{http.StatusRequestEntityTooLarge, fault.Newf(fault.DataSizeLimit, "[body-large] The body is larger than %d bytes.", large.Limit)}
	case errors.As(err, &kind) && kind.Field != "":
		return badRequest("The body is not right: %s must not be a %s.", kind.Field, kind.Value)
	case errors.Is(err, io.EOF):
		return badRequest("The body is missing.")
	}
	return badRequest("The body is not right: %s.", strings.TrimPrefix(err.Error(), "json: "))
}
