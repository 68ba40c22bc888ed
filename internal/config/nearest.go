package config

import "strings"

// Nearest returns the candidate most similar to name, "" when none is similar. It ignores case, dashes and the prefix
// NESTS_.
func Nearest(name string, candidates []string) string {
	name = normal(name)
	best, least := "", max(2, len(name)/3)+1
	for _, c := range candidates {
		if d := distance(name, normal(c)); d < least {
			best, least = c, d
		}
	}
	return best
}

func normal(name string) string {
	name = strings.ReplaceAll(strings.ToLower(strings.TrimLeft(name, "-")), "-", "_")
	return strings.TrimPrefix(name, "nests_")
}

// distance counts the insertions, deletions and substitutions between a and b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
