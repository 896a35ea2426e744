// Package customerly is a server that answers like the public REST API of Customerly (version 1), with its data in memory.
// It exists so that scenarios, tests and demos can run without an account, without the internet and without hurting real contacts.
// It does not call the real API, it does not imitate live chat, campaigns or billing, and it is no store for real personal data.
//
// # What it serves
//
// The API stands under /v1, an administration API (JSON) under /admin and a page for people at /. The administration part
// has no token of its own, so bind the server to a loopback address.
//
// # Our choices
//
// What the real API does is not publicly known everywhere. Where it is unknown, the sandbox does the following; what can be
// changed by an option names it.
//
//   - A contact that is not found answers HTTP 404 with an error body (Options.NotFoundStatus). The text for users is the
//     observed "User doesn't exist"; "Lead doesn't exist", "Tag doesn't exist" and so on are formed after it.
//   - A body that is not JSON answers 400, one with the wrong keys 422, one that is too long 413, an unknown route 404.
//   - One e-mail address is one contact, whether lead or user, and letter case does not matter in look-ups.
//   - POST /users with the address of a lead turns the lead into a user. POST /leads with the address of a user updates
//     that user, which stays a user. A user_id sent to POST /leads is ignored (Options.PromoteLeads makes it a user).
//   - A user_id that already belongs to another contact is refused; it never moves an e-mail address.
//   - A refused element of POST /users or POST /leads does not stop the others. It is not counted in inserted and it is
//     named in errors (objects with index, email and message) and in not_added (e-mail addresses).
//   - Tags sent with an upsert are added (Options.ReplaceTags replaces). Tags are case-sensitive.
//   - Attributes are merged; null removes one. Names are ASCII letters, digits, "_" and "-". Text over 128 characters is
//     refused (Options.TruncateText cuts it). Nested values are refused. Empty attributes are shown as [].
//   - company_attributes may be an object or a list of objects, which are merged.
//   - POST /tags with a contact that does not exist changes nothing and answers "not found".
//   - user_id in the paths of unsubscribe and add-attributes is first read as your own id, then as the internal one.
//   - last_update is UTC and moves only when something really changed. It never goes back, and a second change of the same
//     contact within one second moves it on by a second, so that a client that polls sees it (Options.TiedUpdates keeps
//     the plain clock). POST /admin/contacts/touch {"email"} and the page move it without any other change.
//   - Lists are ordered by internal id unless sort says otherwise; equal values are ordered by internal id. A page is a
//     consistent cut of the moment of its request: a contact that changes while a client pages by position may therefore
//     be seen twice or, if it moves to a page already read, not again.
//   - Segments, notes and events exist only on generated contacts; companies are {company_id, name, attributes}.
//   - Knowledge base writes take the fields that reads show and answer with the object. Deleting a collection deletes its
//     articles. A writer is {account_id, email, name}.
//   - A webhook body is {"event", "timestamp", "data": {"user": {"data": contact}, "tag"}}, for leads too; only the path
//     data.user.data.email is known from the real service. Deliveries are not signed.
package customerly
