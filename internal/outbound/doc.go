// Package outbound is the only door to the network.
//
// Every call that leaves the machine passes one address guard, one set of
// limits, one rate budget and one redaction, so that a mapped URL cannot reach
// the inside of the network and a secret cannot reach a record. It does not
// read HTTP proxies from the environment (a proxy would dial in its stead, past
// the guard), does not retry, and does not turn HTTP statuses into errors: the
// caller decides what a 404 means.
package outbound
