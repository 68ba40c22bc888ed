package nesttest

import (
	"os/exec"
	"runtime"
	"syscall"
)

// startBound starts a process that does not outlive this one, even when this one is killed. The kernel binds it to the
// thread that started it, so that thread is kept until the process ends. The channel
// receives the result of Wait once.
func startBound(cmd *exec.Cmd) (<-chan error, error) {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	started, exited := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			exited <- cmd.Wait()
		}
	}()
	return exited, <-started
}
