package access

import (
	"slices"

	"github.com/ropeway/ropeway/internal/fault"
)

// Right is one thing that a caller may be allowed to do. It is also the scope of an API token: a token does what its user
// may do and its scopes name.
type Right string

// The rights within a team.
const (
	ViewScenarios     Right = "scenario.view"   // scenarios with their versions
	EditScenarios     Right = "scenario.edit"   // make, change and delete them
	RunScenarios      Right = "scenario.run"    // start, stop, schedule, run once, cancel, replay
	ViewExecutions    Right = "execution.view"  // the history with its bundles, and incomplete executions
	DecideIncompletes Right = "incomplete.edit" // retry, resolve and edit incomplete executions
	ViewConnections   Right = "connection.view"
	EditConnections   Right = "connection.edit"
	ViewWebhooks      Right = "webhook.view" // with what waits in their queues
	EditWebhooks      Right = "webhook.edit"
	ViewDataStores    Right = "datastore.view" // with their records
	EditDataStores    Right = "datastore.edit"
	ViewTeam          Right = "team.view" // its name and who belongs to it
	ManageTeam        Right = "team.edit" // its name, and who belongs to it in which role
)

// The rights within an organization.
const (
	ViewOrganization   Right = "organization.view" // its name, teams and users
	ManageOrganization Right = "organization.edit" // its name, its teams, its users and their invitations
	ViewAudit          Right = "audit.view"        // who changed what in it
)

// The rights that belong to no organization.
const (
	Account            Right = "account"           // the caller's own name, password, sessions and tokens
	ManageInstallation Right = "installation.edit" // organizations, storage budgets, backups, master keys
	ViewInstallation   Right = "installation.view" // versions, sizes and totals
	Known              Right = "known"             // what needs only that somebody is known, whatever his scopes
	Public             Right = "public"            // what needs nobody to be known
	UseReference       Right = "reference"         // the apps, modules and functions that there are, for whoever is signed in
)

// TeamRights lists the rights within a team, in the order in which they are shown.
func TeamRights() []Right {
	return []Right{
		ViewScenarios, EditScenarios, RunScenarios, ViewExecutions, DecideIncompletes, ViewConnections, EditConnections,
		ViewWebhooks, EditWebhooks, ViewDataStores, EditDataStores, ViewTeam, ManageTeam,
	}
}

// OrganizationRights lists the rights within an organization.
func OrganizationRights() []Right { return []Right{ViewOrganization, ManageOrganization, ViewAudit} }

// Scopes lists every right that a token can be given.
func Scopes() []Right {
	return append(append(TeamRights(), OrganizationRights()...), Account, ViewInstallation, ManageInstallation, UseReference)
}

// ParseRights reads names of rights of which known has them all; a name that it does not have is an error.
func ParseRights(names []string, known []Right) ([]Right, error) {
	out := make([]Right, 0, len(names))
	for _, name := range names {
		r := Right(name)
		if !slices.Contains(known, r) {
			return nil, fault.Newf(fault.BundleValidation, "[right-unknown] There is no right %q.", name).WithHintf("[hint-there-are] there are %s", joined(known))
		}
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out, nil
}

func joined(rights []Right) string {
	text := ""
	for i, r := range rights {
		if i > 0 {
			text += ", "
		}
		text += string(r)
	}
	return text
}
