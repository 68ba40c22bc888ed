//go:build !linux

package nesttest

import "os/exec"

// startBound starts a process; binding its life to ours is Linux's.
func startBound(cmd *exec.Cmd) (<-chan error, error) {
	exited := make(chan error, 1)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { exited <- cmd.Wait() }()
	return exited, nil
}
