// Package access says who may do what: the roles of organizations and teams, the rights that each grants, and what one
// caller may do with the things of one team.
//
// It exists so that one table answers this question for the API, the command line and the MCP server. It keeps nothing and
// asks nobody: whoever authenticates a caller makes a Principal of what is stored, and whoever routes a request asks it.
package access
