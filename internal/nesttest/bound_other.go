//go:build !linux

package nesttest

import "os/exec"

// startBound starts a process. Only Linux can end it together with this one.
func startBound(cmd *exec.Cmd) (<-chan error, error) {
	exited := make(chan error, 1)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { exited <- cmd.Wait() }()
	return exited, nil
}
