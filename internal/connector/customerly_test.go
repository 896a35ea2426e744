package connector

import (
	"io/fs"
	"testing"

	"github.com/ropeway/ropeway/apps"
	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/module"
)

// loadApp loads an app that comes with Ropeway; a single problem or warning fails the test.
func loadApp(t *testing.T, name string) *appdef.App {
	t.Helper()
	folder, err := fs.Sub(apps.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	app, problems := appdef.Load(folder)
	if len(problems) > 0 {
		t.Fatalf("load %s: got problems, want none:\n%v", name, problems)
	}
	return app
}

func TestExamplesOfApps(t *testing.T) {
	t.Parallel()
	for _, name := range apps.Names() {
		app := loadApp(t, name)
		for _, m := range app.Modules {
			if len(m.Examples) == 0 {
				t.Errorf("%s:%s has no example", name, m.Name)
			}
			for _, e := range m.Examples {
				t.Run(name+"/"+m.Name+"/"+e.Name, func(t *testing.T) {
					t.Parallel()
					if err := RunExample(t.Context(), app, m, e); err != nil {
						t.Errorf("%s: %v", e.File, err)
					}
				})
			}
		}
	}
}

func TestEveryModuleOfAppsIsDescribed(t *testing.T) {
	t.Parallel()
	for _, name := range apps.Names() {
		for _, d := range loadApp(t, name).Describe() {
			if d.Label == "" || d.Summary == "" || d.Delivery == "" || d.Samples.IsEmpty() || len(d.Interface) == 0 {
				t.Errorf("%s: got %+v, want label, summary, delivery class, sample and interface", d.FullName(), d)
			}
			for _, f := range append(d.Expect, d.Interface...) {
				if f.Label == "" || f.Type == "" {
					t.Errorf("%s: field %q has no label or no type", d.FullName(), f.Name)
				}
			}
		}
	}
}

// The delivery classes that the promise "nothing happens twice unnoticed" rests on.
func TestDeliveryOfCustomerlyModules(t *testing.T) {
	t.Parallel()
	unsafe := map[string]bool{"sendMessage": true, "createCollection": true, "createArticle": true, "makeApiCall": true}
	for _, d := range loadApp(t, "customerly").Describe() {
		if got := d.Delivery == module.Unsafe; got != unsafe[d.Name] {
			t.Errorf("%s: got %s, want unsafe: %v", d.Name, d.Delivery, unsafe[d.Name])
		}
	}
}
