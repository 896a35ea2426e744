//go:build !linux

package postgrestest

import "syscall"

// endWithParent does nothing where processes do not hear of the end of others.
func endWithParent(*syscall.SysProcAttr) {}
