package builtin

import (
	"embed"

	"github.com/ropeway/ropeway/internal/module"
)

// Texts are the texts of the built-in apps in other languages.
//
//go:embed texts
var Texts embed.FS

// App is what people see of a built-in app: the heading that its modules stand under.
type App struct {
	Name, Label, Description string
	Icon                     string // name of an icon of Lucide
	Color                    string // "#rrggbb", on which white can be read
	Tags                     []string
}

// Apps lists the built-in apps.
func Apps() []App {
	return []App{
		{"builtin", "Flow control", "Routes, conditions, loops, and what happens after an error.", "split", "#4d7c0f", []string{"flow"}},
		{"csv", "CSV", "Reads and writes tables as CSV text.", "sheet", "#15803d", []string{"data"}},
		{"datastore", "Data store", "Keeps records between executions, in tables of your own.", "database", "#0f766e", []string{"data", "storage"}},
		{"gateway", "Webhooks", "Starts scenarios when an address is called, and answers the call.", "webhook", "#be185d", []string{"trigger"}},
		{"http", "HTTP", "Calls any address of the web.", "globe", "#0369a1", []string{"web"}},
		{"json", "JSON", "Reads and writes JSON.", "braces", "#7e22ce", []string{"data"}},
		{"markdown", "Markdown", "Turns Markdown into HTML.", "hash", "#475569", []string{"text"}},
		{"regexp", "Text parser", "Finds and replaces parts of a text, and takes the text out of HTML.", "text-search", "#a21caf", []string{"text"}},
		{"scenario-service", "Scenarios", "Calls other scenarios and gives results back.", "workflow", "#4338ca", []string{"flow"}},
		{"util", "Tools", "Variables, counters, aggregators, pauses and other small things.", "wrench", "#6d28d9", []string{"flow", "data"}},
		{"xml", "XML", "Reads and writes XML.", "code-xml", "#b45309", []string{"data"}},
	}
}

// look is how a module differs from others of its app.
type look struct{ icon, group string }

// looks says under which heading each module of an app with many stands, and which icon it has of its own.
func looks() map[string]look {
	const (
		routes, loops, errors       = "Routes", "Loops and collections", "After an error"
		variables, collect, various = "Variables", "Aggregators", "Other tools"
	)
	return map[string]look{
		"builtin:BasicRouter": {"route", routes}, "builtin:BasicIfElse": {"git-branch", routes}, "builtin:BasicMerge": {"git-merge", routes},
		"builtin:BasicFeeder": {"list-tree", loops}, "builtin:BasicAggregator": {"combine", loops}, "builtin:BasicRepeater": {"repeat", loops},
		"builtin:Break": {"circle-pause", errors}, "builtin:Commit": {"check-check", errors}, "builtin:Ignore": {"circle-slash", errors},
		"builtin:Resume": {"corner-down-right", errors}, "builtin:Rollback": {"undo-2", errors},
		"util:SetVariable": {"variable", variables}, "util:SetVariable2": {"variable", variables}, "util:SetVariables": {"variable", variables},
		"util:GetVariable": {"variable", variables}, "util:GetVariable2": {"variable", variables}, "util:GetVariables": {"variable", variables},
		"util:TextAggregator": {"text", collect}, "util:AggregateAggregator": {"table", collect}, "util:FunctionAggregator2": {"sigma", collect},
		"util:BasicTrigger": {"play", various}, "util:ComposeTransformer": {"type", various}, "util:FunctionIncrement": {"list-plus", various},
		"util:FunctionSleep": {"timer", various}, "util:Switcher": {"shuffle", various}, "util:SwitcherModule": {"shuffle", various},
		"gateway:CustomMailHook": {"mail", ""}, "gateway:WebhookRespond": {"reply", ""}, "http:ActionGetFile": {"download", ""},
		"datastore:SearchRecord": {"search", ""}, "datastore:DeleteAllRecords": {"trash-2", ""}, "regexp:Replace": {"replace", ""},
		"scenario-service:ReturnData": {"log-out", ""}, "scenario-service:StartSubscenario": {"log-in", ""},
	}
}

// dress gives the modules their icons and groups; those without one have that of their app.
func dress(list []*module.Module) []*module.Module {
	icons := map[string]string{}
	for _, a := range Apps() {
		icons[a.Name] = a.Icon
	}
	all := looks()
	for _, m := range list {
		m.Icon = icons[m.App]
		if l, ok := all[m.FullName()]; ok {
			m.Icon, m.Group = l.icon, l.group
		}
	}
	return list
}
