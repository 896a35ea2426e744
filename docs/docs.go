// Package docs holds the documents that the program itself gives out.
//
// They lie among those for readers, so that both are the same file. The package does not write them: openapi.json is made
// from the routes of package api.
package docs

import _ "embed"

//go:embed openapi.json
var openAPIFile []byte

// OpenAPI returns the OpenAPI document of the interface, as JSON. It must not be changed.
func OpenAPI() []byte { return openAPIFile }
