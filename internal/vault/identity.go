package vault

import "strconv"

// Identity names the place of the secret of a numbered thing, such as "connection/17", for Seal and Open.
func Identity(kind string, id int64) string { return kind + "/" + strconv.FormatInt(id, 10) }
