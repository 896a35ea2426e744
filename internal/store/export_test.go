package store

// WalkedExecutions is how far the history of teams is looked for among that of all.
const WalkedExecutions = walkedExecutions
