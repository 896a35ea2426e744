package customerly

import (
	"errors"
	"fmt"
	"net/http"
)

var errNoContact = errors.New("there is no such contact")

// Touch gives the contact with an e-mail address a new last_update, as if something about it had changed, and tells the
// webhooks so. It is for demos and tests of what watches the lists.
func (s *Server) Touch(email string) (Contact, error) {
	var touched Contact
	refused := errNoContact
	events, err := s.store.change(func(ch *change) {
		found := ch.byEmail[emailKey(email)]
		if found == nil {
			return
		}
		next := ch.save(*found)
		ch.tell("updated", &next, "")
		touched, refused = inspect(&next), nil
	})
	if err != nil {
		return touched, fmt.Errorf("touch %s: %w", email, err)
	}
	s.courier.publish(events)
	return touched, refused
}

func (s *Server) adminTouch(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Email string `json:"email"`
	}
	if !decodeAdmin(w, r, &body) {
		return
	}
	touched, err := s.Touch(body.Email)
	switch {
	case errors.Is(err, errNoContact):
		answerError(w, http.StatusNotFound, err)
	case err != nil:
		answerError(w, http.StatusInternalServerError, err)
	default:
		answerJSON(w, http.StatusOK, touched)
	}
}
