package mcp

import (
	"net/http"

	"github.com/ropeway/ropeway/internal/access"
)

// place says where an argument of a tool goes.
type place uint8

const (
	inPath place = iota
	inQuery
	inBody
	asRevision // into the header If-Match
)

// argument is an argument of a tool.
type argument struct {
	name, kind, help string // kind is a type of JSON Schema, "" for anything
	place            place
	required         bool
}

// tool is a tool that stands for one route of the API.
type tool struct {
	name, title, help string
	right             access.Right // that the caller must have somewhere for the tool to be offered
	method, path      string       // of the API; {name} stands for an argument
	arguments         []argument
	changes           bool
	destroys          bool
	lists             bool // its answer is a page
	dry               bool // it asks for a dry run
}

func id(of string) argument {
	return argument{name: "id", kind: "integer", help: "number of the " + of, place: inPath, required: true}
}

func query(name, kind, help string) argument {
	return argument{name: name, kind: kind, help: help, place: inQuery}
}

func body(name, kind, help string, required bool) argument {
	return argument{name: name, kind: kind, help: help, place: inBody, required: required}
}

func revision() argument {
	return argument{name: "revision", kind: "integer", help: "revision that was read; the call is refused where somebody has changed it since", place: asRevision}
}

func needed(a argument) argument {
	a.required = true
	return a
}

// paged adds the arguments of a listing.
func paged(arguments ...argument) []argument {
	return append(arguments, query("after", "string", "\"next\" of the page before"), query("limit", "integer", "how many to list, at most 100; 20 without it"))
}

func named() argument { return query("name", "string", "a part of the name") }

// readingTools look at things.
func readingTools() []tool {
	get := http.MethodGet
	return []tool{
		{name: "list_scenarios", title: "List scenarios", help: "Lists scenarios: name, whether it is active, schedule, errors.", right: access.ViewScenarios, method: get, path: "/scenarios", arguments: paged(named()), lists: true},
		{name: "get_scenario", title: "Show a scenario", help: "Shows a scenario without its blueprint.", right: access.ViewScenarios, method: get, path: "/scenarios/{id}", arguments: []argument{id("scenario")}},
		{name: "list_versions", title: "List versions", help: "Lists the saved versions of a scenario, the newest first.", right: access.ViewScenarios, method: get, path: "/scenarios/{id}/versions", arguments: paged(id("scenario")), lists: true},
		{name: "get_blueprint", title: "Show a blueprint", help: "Shows a version of a scenario with its blueprint: its modules, and what is mapped into them.", right: access.ViewScenarios, method: get, path: "/scenarios/{id}/versions/{version}", arguments: []argument{id("scenario"), {name: "version", kind: "integer", help: "version; 0 is the newest", place: inPath, required: true}}},
		{name: "list_executions", title: "List executions", help: "Lists executions: those that are not over first, then the newest.", right: access.ViewExecutions, method: get, path: "/executions", arguments: paged(
			query("scenario", "integer", "number of a scenario"), query("status", "string", "queued, running, success, warning, error, stopped; several with commas"),
			query("text", "string", "words of errors and names"), query("from", "string", "accepted at this time or later, such as 2026-01-31T09:00:00Z"), query("until", "string", "accepted before this time")), lists: true},
		{name: "get_execution", title: "Show an execution", help: "Shows an execution: how it ended, its error, what it was started with and what it returned.", right: access.ViewExecutions, method: get, path: "/executions/{id}", arguments: []argument{id("execution")}},
		{name: "list_operations", title: "List operations", help: "Lists the operations of an execution with their bundles, calls and errors.", right: access.ViewExecutions, method: get, path: "/executions/{id}/operations", arguments: paged(id("execution")), lists: true},
		{name: "list_incomplete", title: "List incomplete executions", help: "Lists bundles that stopped at a module and wait for a retry or a decision.", right: access.ViewExecutions, method: get, path: "/incomplete", arguments: paged(query("scenario", "integer", "number of a scenario"), query("state", "string", "unresolved, pending, in progress, resolved; several with commas")), lists: true},
		{name: "get_incomplete", title: "Show an incomplete execution", help: "Shows an incomplete execution with its bundles.", right: access.ViewExecutions, method: get, path: "/incomplete/{id}", arguments: []argument{id("incomplete execution")}},
		{name: "list_webhooks", title: "List webhooks", help: "Lists webhooks, without their addresses, which are secret.", right: access.ViewWebhooks, method: get, path: "/webhooks", arguments: paged(named()), lists: true},
		{name: "get_webhook", title: "Show a webhook", help: "Shows a webhook with its settings.", right: access.ViewWebhooks, method: get, path: "/webhooks/{id}", arguments: []argument{id("webhook")}},
		{name: "list_connections", title: "List connections", help: "Lists connections, without their secrets.", right: access.ViewConnections, method: get, path: "/connections", arguments: paged(named(), query("app", "string", "name of an app")), lists: true},
		{name: "get_connection", title: "Show a connection", help: "Shows a connection without its secrets.", right: access.ViewConnections, method: get, path: "/connections/{id}", arguments: []argument{id("connection")}},
		{name: "list_data_stores", title: "List data stores", help: "Lists data stores with their sizes.", right: access.ViewDataStores, method: get, path: "/datastores", arguments: paged(named()), lists: true},
		{name: "get_data_store", title: "Show a data store", help: "Shows a data store with its structure.", right: access.ViewDataStores, method: get, path: "/datastores/{id}", arguments: []argument{id("data store")}},
		{name: "list_records", title: "List records", help: "Lists the records of a data store by key.", right: access.ViewDataStores, method: get, path: "/datastores/{id}/records", arguments: paged(id("data store")), lists: true},
		{name: "get_record", title: "Show a record", help: "Shows the record of a data store that has the key.", right: access.ViewDataStores, method: get, path: "/datastores/{id}/record", arguments: []argument{id("data store"), needed(query("key", "string", "key of the record"))}},
		{name: "list_apps", title: "List apps", help: "Lists the apps that scenarios can use.", right: access.UseReference, method: get, path: "/apps"},
		{name: "get_app", title: "Show an app", help: "Shows an app with its modules and connection types.", right: access.UseReference, method: get, path: "/apps/{app}", arguments: []argument{{name: "app", kind: "string", help: "name of the app", place: inPath, required: true}}},
		{name: "get_module", title: "Show a module", help: "Shows a module with the fields that it takes and gives.", right: access.UseReference, method: get, path: "/apps/{app}/modules/{module}", arguments: []argument{
			{name: "app", kind: "string", help: "name of the app", place: inPath, required: true},
			{name: "module", kind: "string", help: "name of the module within the app", place: inPath, required: true},
			query("version", "integer", "version of the module; the newest without it"),
		}},
	}
}

// changingTools change things. They are offered to callers who have the right to.
func changingTools() []tool {
	post := http.MethodPost
	return []tool{
		{name: "start_scenario", title: "Activate a scenario", help: "Activates a scenario: webhooks and its schedule start it from now on.", right: access.RunScenarios, method: post, path: "/scenarios/{id}/start", arguments: []argument{id("scenario")}, changes: true},
		{name: "stop_scenario", title: "Deactivate a scenario", help: "Deactivates a scenario; what runs of it goes on.", right: access.RunScenarios, method: post, path: "/scenarios/{id}/stop", arguments: []argument{id("scenario")}, changes: true},
		{name: "dry_run_scenario", title: "Try a scenario out", help: "Runs a scenario as a dry run: it only reads. list_operations of the execution shows what its modules would have sent and changed.", right: access.RunScenarios, method: post, path: "/scenarios/{id}/run", arguments: []argument{
			id("scenario"), body("input", "array", "bundles in place of those of the first module", false), body("inputs", "object", "values for the inputs that the scenario declares", false),
			body("from_execution", "integer", "earlier execution whose data it runs with", false),
		}, changes: true, dry: true},
		{name: "cancel_execution", title: "Cancel an execution", help: "Ends an execution after its running operations.", right: access.RunScenarios, method: post, path: "/executions/{id}/cancel", arguments: []argument{id("execution")}, changes: true, destroys: true},
		{name: "replay_execution", title: "Replay an execution", help: "Runs a finished execution again from the data that it began with. What it did then it does again.", right: access.RunScenarios, method: post, path: "/executions/{id}/replay", arguments: []argument{
			id("execution"), body("from", "integer", "module to begin with; the trigger without it", false), body("newest", "boolean", "by the newest version of the scenario", false),
			body("dry", "boolean", "as a dry run: it only reads, and list_operations shows what would be done", false),
		}, changes: true, destroys: true},
		{name: "decide_incomplete", title: "Decide about an incomplete execution", help: "Retries an incomplete execution, or resolves it: it happened, skip its bundle, or stop it for good.", right: access.DecideIncompletes, method: post, path: "/incomplete/{id}/decide", arguments: []argument{
			id("incomplete execution"), body("action", "string", "retry, happened, skip or stop", true), body("reason", "string", "noted where it is resolved", false), revision(),
		}, changes: true, destroys: true},
		{name: "create_scenario", title: "Make a scenario", help: "Makes a scenario of a blueprint; it is not active.", right: access.EditScenarios, method: post, path: "/scenarios", arguments: []argument{
			body("blueprint", "object", "the blueprint", true), body("schedule", "object", "a scheduling object; without it on demand, or immediately for one that starts with a webhook", false),
			body("note", "string", "about the version", false), body("team", "integer", "number of the team; only needed where the caller may do this in several", false),
		}, changes: true},
		{name: "save_version", title: "Save a blueprint", help: "Saves a changed blueprint as the newest version of a scenario. An active scenario goes on with it.", right: access.EditScenarios, method: post, path: "/scenarios/{id}/versions", arguments: []argument{
			id("scenario"), body("blueprint", "object", "the whole blueprint", true), body("note", "string", "what has changed", false), revision(),
		}, changes: true, destroys: true},
		{name: "change_schedule", title: "Change a schedule", help: "Changes when a scenario runs.", right: access.EditScenarios, method: http.MethodPatch, path: "/scenarios/{id}", arguments: []argument{
			id("scenario"), body("schedule", "object", `a scheduling object such as {"type":"on-demand"} or {"type":"daily","time":"09:00"}`, true), revision(),
		}, changes: true},
		{name: "put_record", title: "Put a record", help: "Puts a record into a data store, in place of one with the same key.", right: access.EditDataStores, method: http.MethodPut, path: "/datastores/{id}/record", arguments: []argument{
			id("data store"), body("key", "string", "key of the record", true), body("data", "object", "the record", true),
		}, changes: true, destroys: true},
		{name: "delete_record", title: "Delete a record", help: "Deletes the record of a data store that has the key.", right: access.EditDataStores, method: http.MethodDelete, path: "/datastores/{id}/record", arguments: []argument{
			id("data store"), needed(query("key", "string", "key of the record")),
		}, changes: true, destroys: true},
	}
}
