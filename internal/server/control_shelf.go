package server

import (
	"context"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// shownModules is how many modules of a scenario a list shows.
const shownModules = 12

// List lists the scenarios by number.
func (c scenarioControl) List(ctx context.Context, f api.ScenarioFilter) ([]api.Scenario, error) {
	list, err := c.Store.ScenariosWhere(ctx, store.ScenarioFilter{Listing: store.Listing(f.Listing), Folder: f.Folder, Active: f.Active})
	if err != nil {
		return nil, err
	}
	return c.scenarios(ctx, list)
}

// Get returns a scenario.
func (c scenarioControl) Get(ctx context.Context, id int64) (api.Scenario, error) {
	return c.readScenario(ctx, id)
}

func (c *Control) readScenario(ctx context.Context, id int64) (api.Scenario, error) {
	s, err := c.Store.Scenario(ctx, id)
	if err != nil {
		return api.Scenario{}, err
	}
	shown, err := c.scenarios(ctx, []store.Scenario{s})
	if err != nil {
		return api.Scenario{}, err
	}
	return shown[0], nil
}

// scenarios shows stored scenarios. What belongs to them is read for all of them at once.
func (c *Control) scenarios(ctx context.Context, list []store.Scenario) ([]api.Scenario, error) {
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	latest, err := c.Store.Latest(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]api.Scenario, len(list))
	for i := range list {
		s := &list[i]
		out[i] = c.scenario(s)
		made, err := c.chain(ctx, s)
		if err != nil {
			return nil, err
		}
		out[i].Modules, out[i].ModuleCount = made.First, made.Count
		if e, ok := latest[s.ID]; ok {
			out[i].Last = &api.LastExecution{
				Execution: e.Execution, Status: e.Status.String(), Finished: e.Finished, Operations: e.Operations, Message: e.Error.Message, Words: e.Error.Words,
			}
		}
	}
	return out, nil
}

// scenario shows what stands in the row of a scenario. What cannot be read of its schedule and settings is left away: it was checked
// when it was saved.
func (c *Control) scenario(s *store.Scenario) api.Scenario {
	out := api.Scenario{
		ID: s.ID, Team: s.Team, Name: s.Name, Version: s.Version, Revision: s.Revision, Active: s.Active, Invalid: s.Invalid, Errors: s.Errors,
		Folder: s.Folder, Due: s.Due, Created: s.Created, Updated: s.Updated,
	}
	if sched, err := parseSchedule(s.Schedule); err == nil {
		out.Schedule, out.Runs = sched.JSON(), sched.Describe(time.UTC)
	}
	out.Settings, _ = ParseScenarioSettings(s.Settings)
	out.Waiting, _ = c.Store.IncompleteTotal(s.ID)
	return out
}

// chain is what lists show of the modules of a scenario, as the store keeps it beside the newest version.
type chain struct {
	First []string `json:"first"` // full names, shownModules at most
	Count int      `json:"count"`
}

// chainOf goes through a blueprint. Modules of error routes are no part of what a scenario looks like.
func chainOf(bp *blueprint.Blueprint) chain {
	made := chain{First: []string{}}
	bp.Walk(func(n *blueprint.Node, at blueprint.WalkContext) {
		if at.ErrorOf != nil {
			return
		}
		if made.Count++; made.Count <= shownModules {
			made.First = append(made.First, n.Module)
		}
	})
	return made
}

func (c chain) text() string {
	data, _ := json.Marshal(c) // texts and numbers always marshal
	return string(data)
}

// chain returns what a scenario is made of. Where that was not saved with its newest version, it is found out and kept.
func (c *Control) chain(ctx context.Context, s *store.Scenario) (chain, error) {
	var made chain
	if s.Modules != "" && json.Unmarshal([]byte(s.Modules), &made) == nil {
		return made, nil
	}
	v, err := c.Store.ScenarioVersion(ctx, s.ID, s.Version)
	if err != nil {
		return chain{}, err
	}
	made = chain{First: []string{}}
	if bp, err := blueprint.Parse(v.Blueprint); err == nil {
		made = chainOf(bp)
	}
	return made, c.Store.NoteModules(ctx, s.ID, s.Version, made.text())
}

// rename puts another name into the blueprint, where exports and the editor find it.
func (c *Control) rename(ctx context.Context, s *store.Scenario, name string, save *store.SaveScenario) error {
	if n := utf8.RuneCountInString(name); n == 0 || n > blueprint.MaxNameCharacters {
		return fault.Newf(fault.BundleValidation, "[scenario-name] The name has %d characters; 1 to %d are allowed.", n, blueprint.MaxNameCharacters).WithField("name")
	}
	v, err := c.Store.ScenarioVersion(ctx, s.ID, s.Version)
	if err != nil {
		return err
	}
	bp, err := blueprint.Parse(v.Blueprint)
	if err != nil {
		return err
	}
	if bp, err = bp.Renamed(name); err != nil {
		return err
	}
	save.Name, save.Blueprint, save.Modules, save.Invalid, save.Note = name, bp.Print(), s.Modules, s.Invalid, `Renamed from "`+s.Name+`"`
	return nil
}

// Folders lists the folders of teams.
func (c shelfControl) Folders(ctx context.Context, teams []int64) ([]api.Folder, error) {
	list, err := c.Store.Folders(ctx, teams)
	out := make([]api.Folder, len(list))
	for i, f := range list {
		out[i] = api.Folder(f)
	}
	return out, err
}

// copySuffix is what a copy is called behind the name of what it is a copy of.
const copySuffix = " (copy)"

// nameOfCopy cuts a name that has no room for the suffix.
func nameOfCopy(name string) string {
	letters := []rune(name)
	return string(letters[:min(len(letters), blueprint.MaxNameCharacters-len(copySuffix))]) + copySuffix
}

// Duplicate makes a copy of the newest version of a scenario. A webhook that feeds it is copied with its settings and the secrets of
// its checks, so that the copy takes in what the original does, at an address of its own.
func (c shelfControl) Duplicate(ctx context.Context, id int64, d api.Duplicate) (api.CreatedScenario, error) {
	s, err := c.Store.Scenario(ctx, id)
	if err != nil {
		return api.CreatedScenario{}, err
	}
	v, err := c.Store.ScenarioVersion(ctx, id, s.Version)
	if err != nil {
		return api.CreatedScenario{}, err
	}
	bp, err := blueprint.Parse(v.Blueprint)
	if err != nil {
		return api.CreatedScenario{}, err
	}
	if d.Name == "" {
		d.Name = nameOfCopy(s.Name)
	}
	if bp, err = bp.Renamed(d.Name); err != nil {
		return api.CreatedScenario{}, err
	}
	made := api.NewScenario{
		Team: s.Team, Blueprint: bp.Print(), Schedule: json.RawMessage(s.Schedule), Folder: s.Folder, Unfinished: true, Author: d.Author,
		Note: `Copy of "` + s.Name + `"`,
	}
	if d.Folder != nil {
		made.Folder = *d.Folder
	}
	if made.Settings, err = ParseScenarioSettings(s.Settings); err != nil {
		return api.CreatedScenario{}, err
	}
	if _, m := c.trigger(bp); listens(m) {
		if made.Webhook, err = c.settingsToCopy(ctx, id); err != nil {
			return api.CreatedScenario{}, err
		}
	}
	return scenarioControl(c).Create(ctx, made)
}

// settingsToCopy returns the settings of the first webhook that feeds a scenario, secrets included; nil where none does.
func (c *Control) settingsToCopy(ctx context.Context, scenario int64) (json.RawMessage, error) {
	hooks, err := c.Store.WebhooksOf(ctx, scenario)
	if err != nil {
		return nil, err
	}
	for i := range hooks {
		if hooks[i].Gone || hooks[i].Settings == "" {
			continue
		}
		whole, err := wholeSettings(c.vault, &hooks[i])
		if err != nil {
			return nil, fault.Wrap(fault.InvalidConfiguration, err, "[webhook-secrets] The secrets of the webhook cannot be opened, so it cannot be copied.").
				WithHint("[hint-webhook-secrets] see that the master key is there, or enter the secrets again")
		}
		return json.RawMessage(whole.JSON()), nil
	}
	return nil, nil
}
