package customerly

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

const (
	adminPerPage    = 20
	maxAdminPerPage = 200
	maxAdminPage    = 1_000_000
)

var errNoWebhook = errors.New("there is no such webhook")

// adminHandler serves the administration API. It has no token: it is for the machine on which the sandbox runs.
func (s *Server) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /admin/stats", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, http.StatusOK, s.Stats()) })
	mux.HandleFunc("GET /admin/requests", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, http.StatusOK, s.Requests()) })
	mux.HandleFunc("GET /admin/messages", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, http.StatusOK, s.Messages()) })
	mux.HandleFunc("GET /admin/deliveries", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, http.StatusOK, s.Deliveries()) })
	mux.HandleFunc("GET /admin/webhooks", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, http.StatusOK, s.webhooks()) })
	mux.HandleFunc("GET /admin/contacts", s.adminContacts)
	mux.HandleFunc("POST /admin/contacts/touch", s.adminTouch)
	mux.HandleFunc("GET /admin/faults", s.adminFaults)
	mux.HandleFunc("POST /admin/faults", s.adminPlanFault)
	mux.HandleFunc("DELETE /admin/faults", s.adminClearFaults)
	mux.HandleFunc("POST /admin/rate-limit", s.adminRateLimit)
	mux.HandleFunc("POST /admin/webhooks", s.adminSaveWebhook)
	mux.HandleFunc("PUT /admin/webhooks/{id}", s.adminSaveWebhook)
	mux.HandleFunc("DELETE /admin/webhooks/{id}", s.adminDeleteWebhook)
	mux.HandleFunc("POST /admin/deliveries/{id}/redeliver", s.adminRedeliver)
	mux.HandleFunc("POST /admin/import", s.adminImport)
	mux.HandleFunc("POST /admin/reset", s.adminReset)
	return mux
}

func answerJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error": "the answer could not be encoded"}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client may have gone
}

func answerError(w http.ResponseWriter, status int, err error) {
	answerJSON(w, status, map[string]string{"error": err.Error()})
}

// decodeAdmin reads a JSON body strictly, because what is misspelt here would silently do nothing.
func decodeAdmin(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		answerError(w, http.StatusBadRequest, fmt.Errorf("read body: %w", err))
		return false
	}
	return true
}

// pageNumber reads a number from 0 to most; anything else is otherwise.
func pageNumber(text string, otherwise, most int) int {
	value, err := strconv.Atoi(text)
	if err != nil || value < 0 {
		return otherwise
	}
	return min(value, most)
}

func (s *Server) adminContacts(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	perPage := max(1, pageNumber(query.Get("per_page"), adminPerPage, maxAdminPerPage))
	answerJSON(w, http.StatusOK, s.search(query.Get("search"), pageNumber(query.Get("page"), 0, maxAdminPage), perPage))
}

// faultState is what the administration API shows of faults.
type faultState struct {
	Planned   []PlannedFault `json:"planned"`
	RateLimit RateLimit      `json:"rate_limit"`
}

func (s *Server) adminFaults(w http.ResponseWriter, _ *http.Request) {
	planned, limit := s.faults.state()
	answerJSON(w, http.StatusOK, faultState{planned, limit})
}

func (s *Server) adminPlanFault(w http.ResponseWriter, r *http.Request) {
	plan := PlannedFault{Times: 1}
	if !decodeAdmin(w, r, &plan) {
		return
	}
	if err := s.faults.plan(plan); err != nil {
		answerError(w, http.StatusUnprocessableEntity, err)
		return
	}
	s.adminFaults(w, r)
}

func (s *Server) adminClearFaults(w http.ResponseWriter, r *http.Request) {
	s.faults.clear()
	s.adminFaults(w, r)
}

func (s *Server) adminRateLimit(w http.ResponseWriter, r *http.Request) {
	var limit RateLimit
	if !decodeAdmin(w, r, &limit) {
		return
	}
	if err := s.faults.setLimit(limit); err != nil {
		answerError(w, http.StatusUnprocessableEntity, err)
		return
	}
	s.adminFaults(w, r)
}

// PlanFault makes the next requests that match meet a fault.
func (s *Server) PlanFault(plan PlannedFault) error { return s.faults.plan(plan) }

// SetRateLimit starts or, with zero requests per second, ends a standing rate limit on the API.
func (s *Server) SetRateLimit(limit RateLimit) error { return s.faults.setLimit(limit) }

// webhooks returns the webhooks by id.
func (s *Server) webhooks() []Webhook {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	hooks := make([]Webhook, 0, len(s.store.webhooks))
	for _, id := range slices.Sorted(maps.Keys(s.store.webhooks)) {
		hooks = append(hooks, s.store.webhooks[id])
	}
	return hooks
}

// AddWebhook registers an address for some events, or for all when none is named.
func (s *Server) AddWebhook(address string, events ...string) (Webhook, error) {
	return s.saveWebhook(Webhook{URL: address, Events: events})
}

// ensureWebhook registers an address unless it is known.
func (s *Server) ensureWebhook(address string) error {
	for _, hook := range s.webhooks() {
		if hook.URL == address {
			return nil
		}
	}
	_, err := s.AddWebhook(address)
	return err
}

// saveWebhook creates a webhook, or replaces the one with the same id.
func (s *Server) saveWebhook(hook Webhook) (Webhook, error) {
	if err := hook.check(); err != nil {
		return hook, err
	}
	hook.Events = append([]string{}, hook.Events...)
	var refused error
	_, err := s.store.change(func(ch *change) {
		_, known := ch.webhooks[hook.ID]
		switch {
		case hook.ID != 0 && !known:
			refused = errNoWebhook
			return
		case hook.ID == 0 && len(ch.webhooks) >= maxWebhooks:
			refused = fmt.Errorf("more than %d webhooks", maxWebhooks)
			return
		case hook.ID == 0:
			hook.ID = ch.nextID("webhook")
		}
		ch.webhooks[hook.ID] = hook
		ch.record(record{Op: opWebhook, Webhook: &hook})
	})
	if err := errors.Join(refused, err); err != nil {
		return hook, err
	}
	s.syncWebhooks()
	return hook, nil
}

// removeWebhook deletes a webhook; what still waits for it is not sent.
func (s *Server) removeWebhook(id int64) error {
	var refused error
	_, err := s.store.change(func(ch *change) {
		if _, known := ch.webhooks[id]; !known {
			refused = errNoWebhook
			return
		}
		delete(ch.webhooks, id)
		ch.record(record{Op: opRemoveWebhook, ID: id})
	})
	if err := errors.Join(refused, err); err != nil {
		return err
	}
	s.syncWebhooks()
	return nil
}

// syncWebhooks tells the courier and the store which webhooks there are.
func (s *Server) syncWebhooks() {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.watched.Store(len(s.store.webhooks) > 0)
	s.courier.sync(s.store.webhooks)
}

func (s *Server) adminSaveWebhook(w http.ResponseWriter, r *http.Request) {
	var hook Webhook
	if !decodeAdmin(w, r, &hook) {
		return
	}
	status := http.StatusCreated
	hook.ID = 0
	if r.PathValue("id") != "" {
		status, hook.ID = http.StatusOK, number(r.PathValue("id"))
	}
	saved, err := s.saveWebhook(hook)
	switch {
	case errors.Is(err, errNoWebhook):
		answerError(w, http.StatusNotFound, err)
	case err != nil:
		answerError(w, http.StatusUnprocessableEntity, err)
	default:
		answerJSON(w, status, saved)
	}
}

func (s *Server) adminDeleteWebhook(w http.ResponseWriter, r *http.Request) {
	if err := s.removeWebhook(number(r.PathValue("id"))); err != nil {
		answerError(w, http.StatusNotFound, err)
		return
	}
	answerJSON(w, http.StatusOK, s.webhooks())
}

func (s *Server) adminRedeliver(w http.ResponseWriter, r *http.Request) {
	delivery, ok := s.courier.redeliver(number(r.PathValue("id")))
	if !ok {
		answerError(w, http.StatusNotFound, errors.New("the delivery or its webhook is gone"))
		return
	}
	answerJSON(w, http.StatusAccepted, delivery)
}

func (s *Server) adminImport(w http.ResponseWriter, r *http.Request) {
	report, err := s.importCSV(io.Reader(http.MaxBytesReader(w, r.Body, maxImportBytes)))
	if err != nil {
		answerError(w, http.StatusUnprocessableEntity, err)
		return
	}
	answerJSON(w, http.StatusOK, report)
}

func (s *Server) adminReset(w http.ResponseWriter, r *http.Request) {
	if err := s.Reset(); err != nil {
		s.opts.Logger.ErrorContext(r.Context(), "reset failed", "error", err)
		answerError(w, http.StatusInternalServerError, err)
		return
	}
	answerJSON(w, http.StatusOK, s.Stats())
}
