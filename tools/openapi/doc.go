// Package openapi holds on to what checks the OpenAPI document from outside: a validator and the generators of clients for Go and
// TypeScript. It is a module of its own, so that none of this is a dependency of the program.
package openapi

import _ "github.com/oapi-codegen/runtime" // what the generated client needs
