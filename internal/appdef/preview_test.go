package appdef

import (
	"strings"
	"testing"
)

// previewed is the small app with a module that does something, and the preview of it.
func previewed(preview string) map[string]string {
	m := small()
	m["makecomapp.json"] = strings.NewReplacer(`"samples": "get/samples.json"`, `"samples": "get/samples.json", "preview": "get/preview.json"`).Replace(m["makecomapp.json"])
	m["get/api.json"] = `{"url": "/things/{{parameters.id}}", "method": "PUT", "response": {"output": "{{body}}"}}`
	m["get/preview.json"] = preview
	return m
}

func TestPreview(t *testing.T) {
	t.Parallel()
	const before = `"before": {"url": "/things/{{parameters.id}}"}`
	tests := []struct {
		name, preview string
		want          string // part of the only problem, "" for none
	}{
		{"none", `// nothing`, ""},
		{"compared", `{` + before + `, "after": {"n": "{{before.n}}"}, "missing": "fails", "output": {"id": "{{before.id}}"}}`, ""},
		{"deleted", `{` + before + `, "after": null, "missing": "unknown"}`, ""},
		{"only an output", `{"output": {"id": 1}}`, ""},
		{"no record before", `{"after": {"n": 1}}`, "needs the record before and after"},
		{"no record after", `{` + before + `}`, "needs the record before and after"},
		{"a request that writes", `{"before": {"url": "/things", "method": "POST"}, "after": {"n": 1}}`, "must not change anything"},
		{"a request that may write", `{"before": {"url": "/things", "method": "{{parameters.id}}"}, "after": {"n": 1}}`, "must not change anything"},
		{"something else for what is missing", `{` + before + `, "after": {"n": 1}, "missing": "ignored"}`, `unknown value "ignored"`},
		{"an unknown key", `{` + before + `, "after": {"n": 1}, "afterwards": 1}`, `unknown key "afterwards"`},
		{"an unknown field", `{` + before + `, "after": {"n": "{{parameters.nothing}}"}}`, `there is no field "nothing"`},
		{"no object", `[1]`, "expected an object"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			app, problems := Load(files(previewed(tc.preview)))
			if tc.want == "" {
				if len(problems) > 0 || app.Modules[0].OnlyGets {
					t.Fatalf("got the problems %v, want none", problems)
				}
				return
			}
			if len(problems) != 1 || !strings.Contains(problems[0].Problem, tc.want) || problems[0].File != "get/preview.json" {
				t.Errorf("got %v, want one with %q", problems, tc.want)
			}
		})
	}
}

func TestBeforeIsOnlyKnownInPreviews(t *testing.T) {
	t.Parallel()
	m := previewed(`// nothing`)
	m["get/api.json"] = `{"url": "/things/{{before.id}}", "method": "PUT"}`
	_, problems := Load(files(m))
	if len(problems) != 1 || !strings.Contains(problems[0].Problem, `there is no "before" here`) {
		t.Errorf("got %v, want a warning", problems)
	}
}

func TestPreviewOfASearchIsRefused(t *testing.T) {
	t.Parallel()
	m := previewed(`{"output": {"id": 1}}`)
	m["makecomapp.json"] = strings.Replace(m["makecomapp.json"], `"moduleType": "action"`, `"moduleType": "search"`, 1)
	m["get/api.json"] = `{"url": "/things", "response": {"iterate": "{{body}}"}}`
	_, problems := Load(files(m))
	if len(problems) != 1 || !strings.Contains(problems[0].Problem, "only a module that does something") {
		t.Errorf("got %v, want a problem", problems)
	}
}
