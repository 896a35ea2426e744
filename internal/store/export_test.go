package store

// WalkedForEach is how far the history of teams is looked for among that of all.
const WalkedForEach = walkedForEach
