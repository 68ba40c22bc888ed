package nesttest

import (
	"context"
	"errors"
	"fmt"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/livekit-server/pkg/routing"
	"github.com/livekit/livekit-server/pkg/service"
	"github.com/livekit/livekit-server/pkg/telemetry/prometheus"
	"github.com/livekit/protocol/logger"
)

// runAlone runs LiveKit as its own program does with a configuration file, but on the ports and with the keys of
// the test.
func runAlone(ctx context.Context, s childSettings) error {
	conf, err := config.NewConfig(s.Config, true, nil, nil)
	if err != nil {
		return fmt.Errorf("read livekit config: %w", err)
	}
	conf.Port, conf.BindAddresses = uint32(s.HTTPPort), []string{"127.0.0.1"}
	conf.Keys = map[string]string{LiveKitKey: LiveKitSecret}
	conf.WebHook.APIKey, conf.WebHook.URLs = LiveKitKey, []string{s.WebhookURL}
	conf.RTC.UDPPort.Start, conf.RTC.TCPPort = s.UDPPort, 0
	conf.RTC.NodeIP.V4, conf.RTC.EnableLoopbackCandidate = "127.0.0.1", true
	conf.RTC.Interfaces.Includes = []string{"lo"}
	logger.SetLogger(logger.GetDiscardLogger(), "livekit")
	node, err := routing.NewLocalNode(conf)
	if err != nil {
		return err
	}
	if err := prometheus.Init(string(node.NodeID()), node.NodeType()); err != nil {
		return err
	}
	server, err := service.InitializeServer(conf, node)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Start() }()
	select {
	case err := <-ended:
		return errors.Join(errors.New("livekit ended"), err)
	case <-ctx.Done():
		server.Stop(true)
		return <-ended
	}
}
