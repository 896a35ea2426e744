package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/templates"
)

const templateEnding = ".json"

// List lists the embedded templates.
func (templateControl) List(context.Context) ([]api.Template, error) {
	files, err := fs.Glob(templates.Files, "*"+templateEnding)
	if err != nil {
		return nil, fmt.Errorf("list the templates: %w", err)
	}
	list := make([]api.Template, len(files))
	for i, file := range files {
		if list[i], err = readTemplate(strings.TrimSuffix(file, templateEnding)); err != nil {
			return nil, err
		}
		list[i].Blueprint = nil
	}
	slices.SortFunc(list, func(a, b api.Template) int { return cmp.Compare(a.Title, b.Title) })
	return list, nil
}

// Get returns a template with its blueprint.
func (templateControl) Get(_ context.Context, name string) (api.Template, error) {
	return readTemplate(name)
}

func readTemplate(name string) (api.Template, error) {
	var t api.Template
	data, err := templates.Files.ReadFile(name + templateEnding)
	if err != nil {
		return t, fault.Wrap(fault.Data, store.ErrNotFound, "[no-template] There is no template of this name.")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return t, fmt.Errorf("read the template %s: %w", name, err)
	}
	bp, err := blueprint.Parse(t.Blueprint)
	if err != nil {
		return t, fmt.Errorf("the template %s: %w", name, err)
	}
	t.Name, t.Apps, t.Modules = name, []string{}, chainOf(bp).First
	for _, n := range bp.Nodes() {
		if !slices.Contains(t.Apps, n.App()) {
			t.Apps = append(t.Apps, n.App())
		}
	}
	return t, nil
}
