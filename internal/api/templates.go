package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/ropeway/ropeway/internal/access"
)

// Templates are scenarios to begin with.
type Templates interface {
	// List lists them by title, without their blueprints.
	List(ctx context.Context, language string) ([]Template, error)
	Get(ctx context.Context, name, language string) (Template, error)
}

// Template is a scenario to begin with: whoever takes it fills in what Choose asks for, and makes a scenario of the blueprint.
type Template struct {
	Name        string          `json:"name"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Apps        []string        `json:"apps"`    // names of the apps that it uses
	Modules     []string        `json:"modules"` // their full names, in the order of the blueprint
	Schedule    json.RawMessage `json:"schedule,omitempty"`
	Choose      []Choice        `json:"choose"`
	Blueprint   json.RawMessage `json:"blueprint,omitempty"`
}

// Choice is what a person must choose before a template runs.
type Choice struct {
	Kind      string          `json:"kind" enum:"connection,datastore,field"`
	App       string          `json:"app,omitempty"` // of a connection
	Label     string          `json:"label"`
	Help      string          `json:"help,omitempty"`
	Name      string          `json:"name,omitempty"`      // of a data store, where one is made
	Structure json.RawMessage `json:"structure,omitempty"` // of such a data store
	Places    []Place         `json:"places"`              // where it goes: the number of the connection or data store, or the value
}

// Place is a field of a module in a blueprint, such as "parameters.datastore".
type Place struct {
	Module int    `json:"module"`
	Field  string `json:"field"`
}

func templateRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/templates", Name: "template.list", Needs: access.UseReference,
			Summary: "List the templates, without their blueprints", Query: []Parameter{languageParameter()}, Gives: Page[Template]{},
			handle: func(c *call) (any, error) {
				list, err := s.Templates.List(c.Context(), c.language())
				return Page[Template]{Items: append([]Template{}, list...)}, err
			},
		},
		{
			Method: http.MethodGet, Pattern: "/templates/{template}", Name: "template.get", Needs: access.UseReference,
			Summary: "Show a template with its blueprint, and what must be chosen", Query: []Parameter{languageParameter()}, Gives: Template{},
			handle: func(c *call) (any, error) {
				return s.Templates.Get(c.Context(), c.PathValue("template"), c.language())
			},
		},
	}
}
