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
	"github.com/ropeway/ropeway/internal/value"
	"github.com/ropeway/ropeway/templates"
)

const templateEnding = ".json"

// List lists the embedded templates.
func (c templateControl) List(_ context.Context, language string) ([]api.Template, error) {
	files, err := fs.Glob(templates.Files, "*"+templateEnding)
	if err != nil {
		return nil, fmt.Errorf("list the templates: %w", err)
	}
	list := make([]api.Template, len(files))
	for i, file := range files {
		if list[i], err = c.template(strings.TrimSuffix(file, templateEnding), language); err != nil {
			return nil, err
		}
		list[i].Blueprint = nil
	}
	slices.SortFunc(list, func(a, b api.Template) int { return cmp.Compare(a.Title, b.Title) })
	return list, nil
}

// Get returns a template with its blueprint.
func (c templateControl) Get(_ context.Context, name, language string) (api.Template, error) {
	return c.template(name, language)
}

// template reads a template and says it in a language: also the names of what is made of it, which are for people.
func (c templateControl) template(name, language string) (api.Template, error) {
	t, err := readTemplate(name)
	if err != nil {
		return t, err
	}
	err = sayTemplate(&t, c.System.templateTexts.In(language))
	return t, err
}

func sayTemplate(t *api.Template, say func(string) string) (err error) {
	t.Title, t.Description = say(t.Title), say(t.Description)
	if t.Blueprint, err = sayNames(t.Blueprint, say); err != nil {
		return fmt.Errorf("the blueprint of the template %s: %w", t.Name, err)
	}
	for i := range t.Choose {
		c := &t.Choose[i]
		c.Label, c.Help, c.Name = say(c.Label), say(c.Help), say(c.Name)
		if c.Structure, err = sayNames(c.Structure, say); err != nil {
			return fmt.Errorf("a structure of the template %s: %w", t.Name, err)
		}
	}
	return nil
}

// sayNames says the names in a part of a template that are there for people: those of filters and of the fields of structures.
func sayNames(part json.RawMessage, say func(string) string) (json.RawMessage, error) {
	if len(part) == 0 {
		return part, nil
	}
	v, err := value.ParseJSON(part)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return json.RawMessage(namesSaid(v, "", say).JSON()), nil
}

func namesSaid(v value.Value, within string, say func(string) string) value.Value {
	switch v.Kind() {
	case value.KindArray:
		items := make([]value.Value, 0, v.Len())
		for _, item := range v.Items() {
			items = append(items, namesSaid(item, within, say))
		}
		return value.Array(items...)
	case value.KindCollection:
		b := value.NewBuilder(v.Len())
		for _, key := range v.Keys() {
			inner := namesSaid(v.Get(key), key, say)
			if inner.Kind() == value.KindText && (key == "label" || key == "name" && within == "filter") {
				inner = value.Text(say(inner.Str()))
			}
			b.Set(key, inner)
		}
		return b.Build()
	}
	return v
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
