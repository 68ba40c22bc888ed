package nesttest

import (
	"flag"
	"runtime"
	"strconv"
)

// RunSideBySide lets three tests per processor run at once, unless the command line says how many. A TestMain calls it
// before it runs tests that mostly wait, for servers and for sound.
func RunSideBySide() {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", strconv.Itoa(3*runtime.GOMAXPROCS(0)))
	}
}
