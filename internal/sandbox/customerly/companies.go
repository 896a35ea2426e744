package customerly

import (
	"encoding/json"
	"errors"
	"slices"
)

// companyInput is the body of POST /users/add-to-company and of POST /company/add-attributes/{company_id}.
type companyInput struct {
	InternalID looseText       `json:"internal_user_id"`
	UserID     looseText       `json:"user_id"`
	Email      looseText       `json:"email"`
	CompanyID  looseText       `json:"company_id"`
	Name       looseText       `json:"company_name"`
	Attributes json.RawMessage `json:"company_attributes"`
	Own        json.RawMessage `json:"attributes"`
}

// companyChange is a checked input.
type companyChange struct {
	id, name   string
	attributes []attribute
}

func (s *Server) checkCompany(id, name string, attributes json.RawMessage) (companyChange, error) {
	parsed, err := s.rules().parseMany(attributes)
	if id == "" {
		err = errors.Join(errors.New("company_id is required"), err)
	}
	err = errors.Join(err, checkChars("company_id", id, maxUserIDChars), checkChars("company_name", name, maxNameChars))
	if err != nil {
		return companyChange{}, oneLine(err)
	}
	return companyChange{id: id, name: name, attributes: parsed}, nil
}

func (s *Server) addToCompany(c *call) reply {
	var in companyInput
	if wrong, ok := decode(c.body, &in); !ok {
		return wrong
	}
	wanted, err := s.checkCompany(string(in.CompanyID), string(in.Name), in.Attributes)
	if err != nil {
		return unprocessable("%s", err)
	}
	return s.alter(func(ch *change) reply {
		found := ch.find(true, string(in.Email), string(in.UserID))
		if in.InternalID != "" {
			found = ch.findInternal(string(in.InternalID))
		}
		if found == nil {
			return s.missing("User")
		}
		ch.saveCompany(wanted)
		if next := *found; !slices.Contains(next.companies, wanted.id) {
			next.companies = append(slices.Clip(next.companies), wanted.id)
			next = ch.save(next)
			ch.tell("updated", &next, "")
		}
		return nothing()
	})
}

func (s *Server) addCompanyAttributes(c *call) reply {
	var in companyInput
	if wrong, ok := decode(c.body, &in); !ok {
		return wrong
	}
	wanted, err := s.checkCompany(c.ids[0], string(in.Name), in.Own)
	if err != nil {
		return unprocessable("%s", err)
	}
	return s.alter(func(ch *change) reply {
		if _, known := ch.companies[wanted.id]; !known {
			return s.missing("Company")
		}
		ch.saveCompany(wanted)
		return nothing()
	})
}

// saveCompany creates or updates a company.
func (ch *change) saveCompany(wanted companyChange) {
	next := ch.companies[wanted.id]
	next.id = wanted.id
	if wanted.name != "" {
		next.name = wanted.name
	}
	next.attributes, _ = mergeAttributes(next.attributes, wanted.attributes)
	ch.companies[next.id] = next
	ch.record(companyRecord(next))
}
