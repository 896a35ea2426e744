package server

//go:generate go run ./gendoc ../../docs/modules.md

import (
	"fmt"
	"io"
	"strings"

	"github.com/ropeway/ropeway/internal/module"
)

// WriteModuleReference writes docs/modules.md: every module with its fields, from the descriptions themselves.
func WriteModuleReference(w io.Writer, modules *Modules) error {
	r := reference{w: w}
	r.line("<!-- Written by \"go generate ./internal/server\"; edit the descriptions of the modules. -->")
	r.line("")
	r.line("# Modules")
	r.line("")
	r.line("Every module that scenarios can use, with its delivery class (see [Concepts](concepts.md)) and its fields.")
	app := ""
	for _, m := range modules.All() {
		if m.App != app {
			app = m.App
			r.line("")
			r.line("## " + app)
		}
		r.module(&m.Description)
	}
	return r.err
}

// reference writes lines and keeps the first failure.
type reference struct {
	w   io.Writer
	err error
}

func (r *reference) line(s string) {
	if r.err == nil {
		_, r.err = fmt.Fprintln(r.w, s)
	}
}

func (r *reference) module(d *module.Description) {
	r.line("")
	r.line(fmt.Sprintf("### %s, version %d", d.FullName(), d.Version))
	r.line("")
	r.line(fmt.Sprintf("**%s.** %s Kind: %s. Delivery: %s.", d.Label, d.Summary, d.Kind, d.Delivery))
	if len(d.Unsupported) > 0 {
		r.line("It cannot run yet: it needs " + strings.Join(d.Unsupported, ", ") + ".")
	}
	if d.Connection != "" {
		r.line("Connection: " + d.Connection + ".")
	}
	if d.TakesKey {
		r.line("Can send an idempotency key, in the header that `metadata.ropeway.idempotencyHeader` of the module names; it is idempotent then.")
	}
	if d.KeyHeader != "" {
		r.line("Sends an idempotency key in the header `" + d.KeyHeader + "`.")
	}
	if len(d.Starts) > 0 {
		names := make([]string, len(d.Starts))
		for i, s := range d.Starts {
			names[i] = string(s)
		}
		r.line("Starts from: " + strings.Join(names, ", ") + ".")
	}
	r.table("Chosen when the scenario is built", d.Parameters)
	r.table("Mapped for each bundle", d.Expect)
	r.table("Output", d.Interface)
}

func (r *reference) table(title string, fields []module.Field) {
	if len(fields) == 0 {
		return
	}
	r.line("")
	r.line("| " + title + " | type | |")
	r.line("|---|---|---|")
	r.rows(fields, "")
}

func (r *reference) rows(fields []module.Field, prefix string) {
	for i := range fields {
		f := &fields[i]
		name := f.Name
		if name == "" {
			name = "(each)"
		}
		r.line(fmt.Sprintf("| %s`%s` | %s | %s |", prefix, cell(name), cell(f.Type), cell(fieldText(f))))
		r.rows(f.Spec, prefix+"↳ ")
		r.rows(f.Nested, prefix+"↳ ")
		for _, o := range f.Options {
			if len(o.Nested) > 0 {
				r.rows(o.Nested, prefix+"↳ "+cell(o.Label)+": ")
			}
		}
	}
}

// fieldText says on one line what there is to know of a field besides its name and type.
func fieldText(f *module.Field) string {
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, strings.TrimSuffix(s, ".")+".")
		}
	}
	add(f.Label)
	if f.Required {
		add("Required")
	}
	add(strings.Join(strings.Fields(f.Help), " "))
	if len(f.Options) > 0 {
		choices := make([]string, len(f.Options))
		for i, o := range f.Options {
			choices[i] = "`" + o.Value.JSON() + "` " + o.Label
		}
		add("One of " + strings.Join(choices, ", "))
	}
	if !f.Default.IsNothing() {
		add("Default `" + f.Default.JSON() + "`")
	}
	return strings.Join(parts, " ")
}

// cell keeps a text inside one cell of a Markdown table.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "<", "&lt;", "\n", " ").Replace(s)
}
