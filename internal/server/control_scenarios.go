package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/schedule"
	"github.com/ropeway/ropeway/internal/store"
)

// onDemand is the schedule of a scenario that nothing starts by itself.
const onDemand = `{"type":"on-demand"}`

// ParseScenarioSettings reads and checks the settings of a scenario that do not stand in its blueprint; "" stands for the defaults.
func ParseScenarioSettings(text string) (api.ScenarioSettings, error) {
	var s api.ScenarioSettings
	if text == "" {
		return s, nil
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fault.Wrapf(fault.InvalidConfiguration, err, "[settings-wrong] The settings of the scenario are not right: %v.", err)
	}
	return s, checkSettings(s)
}

func checkSettings(s api.ScenarioSettings) error {
	if _, err := schedule.ParseCatchUp(s.CatchUp); err != nil {
		return err
	}
	if s.HistoryBytes < 0 || s.HistoryDays < 0 {
		return fault.New(fault.BundleValidation, "[history-negative] historyBytes and historyDays must be 0 or more.").WithHint("[hint-history-negative] 0 goes by what holds for the installation")
	}
	return nil
}

func settingsText(s api.ScenarioSettings) string {
	if s == (api.ScenarioSettings{}) {
		return ""
	}
	data, _ := json.Marshal(s) // texts and numbers always marshal
	return string(data)
}

// checkBlueprint reads a blueprint and binds it to the modules; all that is wrong comes back as fault.Problems.
func (c *Control) checkBlueprint(text []byte) (*blueprint.Blueprint, error) {
	bp, err := blueprint.Parse(text)
	if err != nil {
		return nil, err
	}
	if problems := bp.Validate(c.System.Modules); problems.Invalid() {
		return nil, problems
	}
	if _, problems := engine.Compile(bp, c.System.Modules); problems.Invalid() {
		return nil, problems
	}
	return bp, nil
}

// checkDraft reads a blueprint as checkBlueprint does. One that is unfinished may have problems: they come back as a text
// that says why it cannot run, "" where it can.
func (c *Control) checkDraft(text []byte, unfinished bool) (bp *blueprint.Blueprint, why string, err error) {
	bp, err = c.checkBlueprint(text)
	var problems fault.Problems
	if err == nil || !unfinished || !errors.As(err, &problems) {
		return bp, "", err
	}
	if bp, err = blueprint.Parse(text); err != nil {
		return nil, "", err
	}
	return bp, shortly(problems), nil
}

// shortly says the first of what keeps a scenario from running, and how much more there is.
func shortly(problems fault.Problems) string {
	errs := slices.DeleteFunc(slices.Clone(problems), func(p fault.Problem) bool { return p.Warning })
	if len(errs) == 1 {
		return errs[0].Problem
	}
	return fmt.Sprintf("%s (and %d more)", errs[0].Problem, len(errs)-1)
}

// trigger returns the first module of a blueprint and its description.
func (c *Control) trigger(bp *blueprint.Blueprint) (*blueprint.Node, *module.Module) {
	if len(bp.Flow) == 0 {
		return nil, nil
	}
	m, ok := c.System.Modules.Find(bp.Flow[0].Module, bp.Flow[0].Version)
	if !ok {
		return bp.Flow[0], nil
	}
	return bp.Flow[0], m
}

// Create makes a scenario, with its webhook where it starts with one. Everything is checked before anything is saved.
func (c scenarioControl) Create(ctx context.Context, n api.NewScenario) (api.CreatedScenario, error) {
	var made api.CreatedScenario
	bp, why, err := c.checkDraft(n.Blueprint, n.Unfinished && !n.Start)
	if err != nil {
		return made, err
	}
	_, m := c.trigger(bp)
	hooked := listens(m)
	sched := string(n.Schedule)
	if sched == "" && !hooked {
		sched = onDemand
	}
	if read, err := readSchedule(sched); err != nil {
		return made, err
	} else if err := checkRequired(bp, read); err != nil {
		return made, err
	}
	if err := checkSettings(n.Settings); err != nil {
		return made, err
	}
	if !hooked && len(n.Webhook) > 0 {
		return made, fault.New(fault.BundleValidation, "[not-webhook] The scenario does not start with a webhook, so it cannot have settings of one.")
	}
	hook, err := c.prepareWebhook(bp.Name, n.Webhook, n.Token)
	if err != nil {
		return made, err
	}
	id, _, _, err := c.Store.SaveScenario(ctx, store.SaveScenario{
		Team: n.Team, Name: bp.Name, Schedule: sched, Settings: settingsText(n.Settings), Folder: n.Folder,
		Blueprint: bp.Print(), Modules: chainOf(bp).text(), Invalid: why, Author: n.Author, Note: n.Note,
	})
	if err != nil {
		return made, err
	}
	if hooked {
		hook.row.Team, hook.row.Scenario = n.Team, id
		address, err := c.saveWebhook(ctx, hook)
		if err != nil {
			return made, err
		}
		made.Webhook = &address
	}
	if n.Start {
		made.Scenario, err = runningControl(c).Start(ctx, id)
		return made, err
	}
	made.Scenario, err = c.readScenario(ctx, id)
	return made, err
}

// Change changes what does not stand in the blueprint of a scenario, and its name, which does.
func (c scenarioControl) Change(ctx context.Context, id, revision int64, x api.ScenarioChange) (api.Scenario, error) {
	s, err := c.Store.Scenario(ctx, id)
	if err != nil {
		return api.Scenario{}, err
	}
	save := saveOf(&s, revision)
	if len(x.Schedule) > 0 {
		save.Schedule = string(x.Schedule)
	}
	sched, err := readSchedule(save.Schedule)
	if err == nil && len(x.Schedule) > 0 {
		err = c.checkSchedule(ctx, id, sched)
	}
	if err != nil {
		return api.Scenario{}, err
	}
	if x.Settings != nil {
		if err := checkSettings(*x.Settings); err != nil {
			return api.Scenario{}, err
		}
		save.Settings = settingsText(*x.Settings)
	}
	if x.Folder != nil {
		save.Folder = strings.TrimSpace(*x.Folder)
	}
	if x.Name != nil && *x.Name != s.Name {
		if err := c.rename(ctx, &s, *x.Name, &save); err != nil {
			return api.Scenario{}, err
		}
		save.Author = x.Author
	}
	if _, _, _, err := c.Store.SaveScenario(ctx, save); err != nil {
		return api.Scenario{}, err
	}
	if s.Active && len(x.Schedule) > 0 {
		due, _ := sched.Next(c.Clock.Now(), time.UTC)
		if err := c.Store.Plan(ctx, id, time.Time{}, due); err != nil {
			return api.Scenario{}, err
		}
	}
	return c.changed(ctx, id)
}

// readSchedule reads a schedule that a person wrote; "" means immediately.
func readSchedule(text string) (*schedule.Schedule, error) {
	s, err := parseSchedule(text)
	var problems fault.Problems
	if err == nil || errors.As(err, &problems) {
		return s, err
	}
	return nil, fault.Wrapf(fault.BundleValidation, err, "[schedule-wrong] The schedule is not right: %v.", err)
}

// saveOf begins a change of a scenario that was read; revision is the one that the caller has seen, 0 for this one.
func saveOf(s *store.Scenario, revision int64) store.SaveScenario {
	if revision == 0 {
		revision = s.Revision
	}
	return store.SaveScenario{Scenario: s.ID, Revision: revision, Name: s.Name, Schedule: s.Schedule, Settings: s.Settings, Folder: s.Folder}
}

// changed tells the running service, and returns the scenario as it is now.
func (c *Control) changed(ctx context.Context, id int64) (api.Scenario, error) {
	if err := c.reloadScenario(ctx, id); err != nil {
		return api.Scenario{}, err
	}
	return c.readScenario(ctx, id)
}

// Delete removes a scenario. Its webhooks keep their addresses and queue.
func (c scenarioControl) Delete(ctx context.Context, id int64) error {
	s, err := c.Store.Scenario(ctx, id)
	if err != nil {
		return err
	}
	if s.Active {
		return fault.Wrap(fault.Data, store.ErrConflict, "[scenario-active] The scenario is active.").WithHint("[hint-stop-first] stop it first")
	}
	hooks, err := c.Store.WebhooksOf(ctx, id)
	if err != nil {
		return err
	}
	if err := c.Store.DeleteScenario(ctx, id); err != nil {
		return err
	}
	errs := []error{c.reloadScenario(ctx, id)}
	for _, w := range hooks {
		errs = append(errs, c.reloadWebhook(ctx, w.ID))
	}
	return errors.Join(errs...)
}

// Start activates a scenario, if it can run with the modules that there are.
func (c runningControl) Start(ctx context.Context, id int64) (api.Scenario, error) {
	s, err := c.Store.Scenario(ctx, id)
	if err != nil {
		return api.Scenario{}, err
	}
	v, err := c.Store.ScenarioVersion(ctx, id, s.Version)
	if err != nil {
		return api.Scenario{}, err
	}
	bp, err := c.checkBlueprint(v.Blueprint)
	if err != nil {
		return api.Scenario{}, err
	}
	sched, err := parseSchedule(s.Schedule)
	if err == nil {
		err = checkRequired(bp, sched)
	}
	if err != nil {
		return api.Scenario{}, err
	}
	due, _ := sched.Next(c.Clock.Now(), time.UTC)
	if err := c.Store.Activate(ctx, id, true, due); err != nil {
		return api.Scenario{}, err
	}
	return c.changed(ctx, id)
}

// Stop deactivates a scenario. What runs of it goes on.
func (c runningControl) Stop(ctx context.Context, id int64) (api.Scenario, error) {
	if err := c.Store.Activate(ctx, id, false, time.Time{}); err != nil {
		return api.Scenario{}, err
	}
	return c.changed(ctx, id)
}

// List lists the versions of a scenario, the newest first.
func (c versionControl) List(ctx context.Context, scenario, before int64, limit int) ([]api.Version, error) {
	if _, err := c.Store.Scenario(ctx, scenario); err != nil {
		return nil, err
	}
	list, err := c.Store.ScenarioVersions(ctx, scenario, before, limit)
	if err != nil {
		return nil, err
	}
	out := make([]api.Version, len(list))
	for i := range list {
		out[i] = versionOf(&list[i])
	}
	return out, nil
}

func versionOf(v *store.ScenarioVersion) api.Version {
	return api.Version{Scenario: v.Scenario, Version: v.Version, Saved: v.Saved, Author: v.Author, Note: v.Note, Blueprint: v.Blueprint}
}

// Get returns a version with its blueprint.
func (c versionControl) Get(ctx context.Context, scenario, version int64) (api.Version, error) {
	v, err := c.Store.ScenarioVersion(ctx, scenario, version)
	return versionOf(&v), err
}

// Save saves a changed blueprint as the newest version. An active scenario goes on with it.
func (c versionControl) Save(ctx context.Context, scenario, revision int64, n api.NewVersion) (api.Scenario, error) {
	return c.save(ctx, scenario, revision, n)
}

// Restore saves an old version as the newest. What could not run then may be saved again: the scenario is switched off, or
// the store refuses it.
func (c versionControl) Restore(ctx context.Context, scenario, revision, version int64) (api.Scenario, error) {
	old, err := c.Store.ScenarioVersion(ctx, scenario, version)
	if err != nil {
		return api.Scenario{}, err
	}
	n := api.NewVersion{Blueprint: old.Blueprint, Unfinished: true, Note: fmt.Sprintf("Restored from version %d", old.Version)}
	return c.save(ctx, scenario, revision, n)
}

func (c versionControl) save(ctx context.Context, scenario, revision int64, n api.NewVersion) (api.Scenario, error) {
	s, err := c.Store.Scenario(ctx, scenario)
	if err != nil {
		return api.Scenario{}, err
	}
	bp, why, err := c.checkDraft(n.Blueprint, n.Unfinished && !s.Active)
	if err == nil {
		err = checkActive(bp, &s)
	}
	if err != nil {
		return api.Scenario{}, err
	}
	save := saveOf(&s, revision)
	save.Name, save.Blueprint, save.Invalid, save.Author, save.Note = bp.Name, bp.Print(), why, n.Author, n.Note
	save.Modules = chainOf(bp).text()
	if _, _, _, err := c.Store.SaveScenario(ctx, save); err != nil {
		return api.Scenario{}, c.conflictOf(ctx, scenario, err)
	}
	return c.changed(ctx, scenario)
}

// minTokenLength is the shortest token that is taken over: 26 characters of base32 are 130 bits.
const minTokenLength = 26

// newToken returns the secret part of an address: the one given, else a random one.
func newToken(given string) (intake.Token, error) {
	if given == "" {
		return intake.NewToken(rand.Reader)
	}
	if len(given) < minTokenLength {
		return "", fault.Newf(fault.BundleValidation, "[webhook-token] The token of the webhook has %d characters; an address needs at least %d.", len(given), minTokenLength).
			WithHint("[hint-webhook-token] leave it away, and a random one is made")
	}
	return intake.Token(given), nil
}
