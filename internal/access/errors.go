package access

import "errors"

// Why a caller is refused, as the cause of the fault.
var (
	// ErrUnauthenticated says that it is not known who calls.
	ErrUnauthenticated = errors.New("access: who calls is not known")
	// ErrDenied says that who calls is known and may not do this.
	ErrDenied = errors.New("access: not allowed")
)
