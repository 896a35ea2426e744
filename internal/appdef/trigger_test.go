package appdef

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/module"
)

// watching is the small app with a polling trigger in place of its action. response is what stands beside iterate.
func watching(response string) map[string]string {
	m := small()
	m["makecomapp.json"] = strings.NewReplacer(`"moduleType": "action"`, `"moduleType": "trigger"`, `"samples": "get/samples.json"`, `"samples": "get/samples.json", "epoch": "get/epoch.json"`).
		Replace(m["makecomapp.json"])
	m["get/epoch.json"] = `// none`
	m["get/api.json"] = "{\n  \"url\": \"/things\", \"qs\": {\"since\": \"{{data.lastDate}}\"},\n  \"response\": {\n    \"iterate\": \"{{body}}\"" + response + "\n  }\n}"
	return m
}

const watchThings = ",\n    \"trigger\": {\"type\": \"date\", \"order\": \"desc\", \"id\": \"{{item.id}}\",\n      \"date\": \"{{item.updated}}\", \"overlap\": 90}"

func TestPollingTrigger(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		change func(m map[string]string)
		want   Trigger
		starts []module.Start
	}{
		{"by date", func(map[string]string) {}, Trigger{ByDate: true, Order: NewestFirst, Overlap: 90 * time.Second, Filtered: true}, []module.Start{module.FromNow, module.FromDate, module.FromStart}},
		{"with items", func(m map[string]string) {
			m["get/epoch.json"] = `{"response": {"output": {"label": "{{item.name}}", "date": "{{item.updated}}"}}}`
		}, Trigger{ByDate: true, Order: NewestFirst, Overlap: 90 * time.Second, Filtered: true}, []module.Start{module.FromNow, module.FromDate, module.FromStart, module.FromItem}},
		{"by ID, no order", func(m map[string]string) {
			m["get/api.json"] = `{"url": "/things", "method": "POST", "response": {"iterate": "{{body}}", "trigger": {"type": "id", "id": "{{item.id}}"}}}`
		}, Trigger{Order: Unordered}, []module.Start{module.FromNow, module.FromStart}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := watching(watchThings)
			c.change(m)
			app, problems := Load(files(m))
			if len(problems) > 0 {
				t.Fatalf("got problems, want none:\n%v", problems)
			}
			d, got := app.Describe()[0], *app.Modules[0].Trigger()
			got.ID, got.Date = nil, nil
			if got != c.want || d.Kind != module.Trigger || d.Delivery != module.Read || !d.Transactional || !slices.Equal(d.Starts, c.starts) {
				t.Errorf("got %+v, %+v; want %+v and the starts %v", got, d, c.want, c.starts)
			}
			if epoch := app.Modules[0].Epoch; (epoch != nil) != slices.Contains(c.starts, module.FromItem) || epoch != nil && (epoch.Requests[0].URL == nil || epoch.Requests[0].Response.Iterate == nil) {
				t.Errorf("got the epoch %+v, want the request of the trigger with other outputs", epoch)
			}
		})
	}
}

func TestProblemsOfTriggers(t *testing.T) {
	t.Parallel()
	trigger := func(old, new string) map[string]string { return watching(strings.Replace(watchThings, old, new, 1)) }
	with := func(file, text string) map[string]string {
		m := watching(watchThings)
		m[file] = text
		return m
	}
	const chain = `[{"url": "/a", "response": {"trigger": {"type": "id", "id": "{{item.id}}"}}},
{"url": "/b", "response": {"iterate": "{{body}}"}}]`
	cases := []struct {
		name string
		app  map[string]string
		want string
	}{
		{"no directive", watching(""), `get/api.json:3: response: the trigger does not say which records are new`},
		{"type", trigger(`"type": "date"`, `"type": "time"`), `get/api.json:5: response.trigger.type: unknown type of trigger "time" (use date, or id where the IDs grow)`},
		{"order", trigger(`"desc"`, `"down"`), `get/api.json:5: response.trigger.order: unknown order "down" (use asc (oldest first), desc (newest first) or unordered)`},
		{"key", trigger(`"overlap"`, `"overlp"`), `get/api.json:6: response.trigger.overlp: unknown key "overlp" (did you mean "overlap"?)`},
		{"no ID", trigger(`"id": "{{item.id}}",`, ``), `get/api.json:5: response.trigger: the trigger does not say what the ID of a record is (write "id": "{{item.id}}")`},
		{"no date", trigger(`"date": "{{item.updated}}",`, ``), `get/api.json:5: response.trigger: the trigger does not say what the date of a record is`},
		{"long overlap", trigger(`90`, `86401`), `get/api.json:6: response.trigger.overlap: 86401 is more than 86400`},
		{"overlap by ID", trigger(`"type": "date"`, `"type": "id"`), `get/api.json:6: response.trigger.overlap: an overlap is a time, so it needs a trigger of the type date`},
		{"wrapper", watching(watchThings + `, "wrapper": "{{output}}"`), `get/api.json:6: response.wrapper: a trigger puts out records one by one, so nothing can be wrapped around them (use "output")`},
		{"nothing to iterate over", with("get/api.json", strings.Replace(watching(watchThings)["get/api.json"], `"iterate": "{{body}}",`, ``, 1)), `get/api.json:3: response: the trigger does not iterate over anything (add "iterate", such as "{{body.items}}")`},
		{"in the first request", with("get/api.json", chain), `get/api.json:1: [0].response.trigger: only the last request can say which records are new (move it there)`},
		{"epoch", with("get/epoch.json", `[{"url": "/x"}]`), `get/epoch.json:1: the epoch must be an object: what differs from the last request of the trigger`},
		{"epoch without label", with("get/epoch.json", `{"response": {"output": {"date": 1}}}`), `get/epoch.json:1: response.output: the items to start with have no label`},
		{"key of the epoch", with("get/epoch.json", "{\n\"respons\": {}}"), `get/epoch.json:2: respons: unknown key "respons" (did you mean "response"?)`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, problems := Load(files(c.app))
			for _, p := range problems {
				if strings.HasPrefix(p.String(), c.want) && !p.Warning {
					return
				}
			}
			t.Errorf("got\n%v\nwant among them\n%s", problems, c.want)
		})
	}
}

func TestOverlapAtTheLimit(t *testing.T) {
	t.Parallel()
	app, problems := Load(files(watching(strings.Replace(watchThings, "90", "86400", 1))))
	if len(problems) > 0 || app.Modules[0].Trigger().Overlap != MaxOverlap {
		t.Errorf("got %v, want no problem and an overlap of %s", problems, MaxOverlap)
	}
}

func TestPagesByNumber(t *testing.T) {
	t.Parallel()
	for pagination, want := range map[string]bool{
		`{"qs": {"page": "{{pagination.page}}"}, "condition": "{{body.more}}"}`:   true,
		`{"url": "/things/{{pagination.page - 1}}"}`:                              true,
		`{"qs": {"token": "{{body.next}}"}, "condition": true}`:                   false,
		`{"qs": {"page": "{{pagination.page}}", "since": "{{body.at}}"}}`:         false,
		`{"qs": {"page": "{{pagination.page}}"}, "headers": {"A": "{{temp.a}}"}}`: false,
		`{"qs": {"offset": 50}, "condition": "{{length(body) > 0 && true}}"}`:     false,
	} {
		m := small()
		m["get/api.json"] = `{"url": "/x", "pagination": ` + pagination + `, "response": {"iterate": "{{body}}"}}`
		app, problems := Load(files(m))
		if problems.Invalid() {
			t.Fatal(problems)
		}
		if got := app.Modules[0].Communication.Requests[0].Pagination.Direct; got != want {
			t.Errorf("%s: got %v, want %v", pagination, got, want)
		}
	}
}
