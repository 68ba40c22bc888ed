package nesttest

import "os"

// soakEnv is set by scripts/soak.
const soakEnv = "NESTS_TEST_SOAK"

// Rounds returns how often a test repeats what it does: few times in the suite, many times in a soak (make soak).
func Rounds(few, many int) int {
	if os.Getenv(soakEnv) != "" {
		return many
	}
	return few
}
