package builtin

import (
	"regexp"
	"testing"
)

func TestAppsAndModulesHaveALook(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	icon, color := regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*$`), regexp.MustCompile(`^#[0-9a-f]{6}$`)
	for _, a := range Apps() {
		known[a.Name] = true
		if a.Label == "" || a.Label == a.Name || a.Description == "" || len(a.Tags) == 0 || !icon.MatchString(a.Icon) || !color.MatchString(a.Color) {
			t.Errorf("%s lacks a label, a description, a tag, an icon or a colour: %+v", a.Name, a)
		}
	}
	names, used := map[string]bool{}, map[string]bool{}
	for _, m := range Modules(Deps{}) {
		names[m.FullName()], used[m.App] = true, true
		if !known[m.App] || m.Icon == "" || m.Label == "" || m.Summary == "" {
			t.Errorf("%s: its app is not listed, or it lacks an icon, a label or a summary", m.FullName())
		}
	}
	for name := range looks() {
		if !names[name] {
			t.Errorf("there is no module %s", name)
		}
	}
	for name := range known {
		if !used[name] {
			t.Errorf("no module belongs to %s", name)
		}
	}
}
