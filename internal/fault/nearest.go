package fault

import "strings"

const (
	// maxSlips is how many slips of the keyboard a name may be away from the one that was meant.
	maxSlips = 3
	// maxNameBytes is the length of the longest name for which a similar one is looked for.
	maxNameBytes = 64
)

// Nearest returns the known name that is fewest slips away from name, upper and lower case being the same; "" where none is
// close: one slip and one more for every three characters, at most maxSlips. It is what "did you mean" is made of.
func Nearest(name string, known []string) string {
	if len(name) > maxNameBytes {
		return ""
	}
	written := []rune(strings.ToLower(name))
	best, limit := "", min(maxSlips, 1+len(written)/3)+1
	for _, candidate := range known {
		meant := []rune(strings.ToLower(candidate))
		if d := len(meant) - len(written); d >= limit || -d >= limit {
			continue
		}
		if d := slips(written, meant); d < limit && d < max(len(written), 1) {
			best, limit = candidate, d
		}
	}
	return best
}

// slips counts the characters to insert, delete, replace or swap with their neighbour to turn a into b.
func slips(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, row[j]+1, last[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
