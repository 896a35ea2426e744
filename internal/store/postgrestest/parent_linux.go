package postgrestest

import "syscall"

// endWithParent has the server end with the process that started it, however that ends.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGINT }
