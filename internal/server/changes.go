package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// maxChangesTold is how many modules a conflict names.
const maxChangesTold = 10

// conflictOf tells somebody whose change of a scenario came too late who was faster, and what that changed. Errors of other kinds
// stay as they are.
func (c *Control) conflictOf(ctx context.Context, scenario int64, err error) error {
	if !errors.Is(err, store.ErrConflict) {
		return err
	}
	newest, lost := c.Store.ScenarioVersion(ctx, scenario, 0)
	if lost != nil {
		return err
	}
	saved, more := newest.Saved.UTC().Format("2006-01-02 15:04:05 MST"), ""
	if newest.Author != "" {
		more += " by " + newest.Author
	}
	if newest.Note != "" {
		more += fmt.Sprintf(" (%q)", newest.Note)
	}
	more += "."
	if newest.Version > 1 {
		if before, lost := c.Store.ScenarioVersion(ctx, scenario, newest.Version-1); lost == nil {
			more += " It differs from the version before it in: " + differences(before.Blueprint, newest.Blueprint) + "."
		}
	}
	return fault.Wrapf(fault.Data, err, "[scenario-conflict] The scenario was changed by someone else meanwhile. Its newest version is %d, saved at %s%s", newest.Version, saved, more).
		WithHint("[hint-conflict] nothing of yours is lost: look at the newest version, bring your changes into it, and save again")
}

// differences names the modules in which two blueprints differ.
func differences(before, after []byte) string {
	was, wasName := modulesOf(before)
	is, isName := modulesOf(after)
	var told []string
	if wasName != isName {
		told = append(told, fmt.Sprintf("the name (%q, now %q)", wasName, isName))
	}
	for id, text := range is {
		switch old, known := was[id]; {
		case !known:
			told = append(told, "module "+strconv.Itoa(id)+" (new)")
		case old != text:
			told = append(told, "module "+strconv.Itoa(id))
		}
	}
	for id := range was {
		if _, still := is[id]; !still {
			told = append(told, "module "+strconv.Itoa(id)+" (gone)")
		}
	}
	if len(told) == 0 {
		return "its settings, its notes or the order of its modules"
	}
	slices.Sort(told)
	if more := len(told) - maxChangesTold; more > 0 {
		told = append(told[:maxChangesTold], fmt.Sprintf("%d more", more))
	}
	return strings.Join(told, ", ")
}

// modulesOf returns the modules of a blueprint by number, each as it is written but for where it stands in the editor and what lies
// behind it; and the name of the scenario.
func modulesOf(text []byte) (byID map[int]string, name string) {
	byID = map[int]string{}
	bp, err := blueprint.Parse(text)
	if err != nil {
		return byID, ""
	}
	bp.Walk(func(n *blueprint.Node, _ blueprint.WalkContext) {
		raw := n.Raw()
		byID[n.ID] = n.Module + raw.Get("parameters").JSON() + raw.Get("mapper").JSON() + raw.Get("filter").JSON()
	})
	return byID, bp.Name
}
