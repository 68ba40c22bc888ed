package media

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/livekit/livekit-server/pkg/service"
	"github.com/livekit/protocol/logger"
	"github.com/livekit/protocol/logger/zaputil"
	"go.uber.org/zap/zapcore"

	"nests/internal/nest"
)

// livekitLogger writes LiveKit's log to ours. It drops lines below warnings, and those of pion below errors. It
// redacts the others: LiveKit logs tokens whose signature is bad, refresh tokens and TURN passwords.
type livekitLogger struct {
	log       *slog.Logger
	attrs     []any // keys and values in turn
	component string
}

var _ logger.Logger = livekitLogger{}

func newLogger(log *slog.Logger) livekitLogger {
	return livekitLogger{log: log.With("component", "livekit")}
}

func (l livekitLogger) Debugw(string, ...any) {}
func (l livekitLogger) Infow(string, ...any)  {}

func (l livekitLogger) Warnw(msg string, err error, kv ...any) {
	if !strings.Contains(l.component, "pion") && !isOwnKeyCheck(err, kv) {
		l.write(slog.LevelWarn, msg, err, kv)
	}
}

// isOwnKeyCheck returns whether a line is about this server's own check that LiveKit accepts its key: that check
// names a room that does not exist. No client can cause such a line, because the gate creates the room before it
// forwards.
func isOwnKeyCheck(err error, kv []any) bool {
	return errors.Is(err, service.ErrRoomNotFound) && slices.Contains(kv, any("/rtc/validate"))
}

func (l livekitLogger) Errorw(msg string, err error, kv ...any) {
	l.write(slog.LevelError, msg, err, kv)
}

func (l livekitLogger) WithValues(kv ...any) logger.Logger {
	l.attrs = slices.Concat(l.attrs, kv)
	return l
}

func (l livekitLogger) WithUnlikelyValues(kv ...any) logger.UnlikelyLogger {
	return logger.NewUnlikelyLogger(l, kv...)
}

func (l livekitLogger) WithName(string) logger.Logger { return l }

func (l livekitLogger) WithComponent(name string) logger.Logger {
	l.component = strings.TrimPrefix(l.component+"."+name, ".")
	return l
}

func (l livekitLogger) WithCallDepth(int) logger.Logger { return l }
func (l livekitLogger) WithItemSampler() logger.Logger  { return l }
func (l livekitLogger) WithoutSampler() logger.Logger   { return l }
func (l livekitLogger) WithDeferredValues() (logger.Logger, logger.DeferredFieldResolver) {
	return l, zaputil.NoOpDeferrer{}
}

func (l livekitLogger) write(level slog.Level, msg string, err error, kv []any) {
	if !l.log.Enabled(context.Background(), level) {
		return
	}
	attrs := redact(slices.Concat(l.attrs, kv))
	if l.component != "" {
		attrs = append(attrs, slog.String("part", l.component))
	}
	if err != nil {
		attrs = append(attrs, slog.String("err", scrub(err.Error())))
	}
	l.log.LogAttrs(context.Background(), level, "livekit: "+scrub(msg), attrs...)
}

func redact(kv []any) []slog.Attr {
	attrs := make([]slog.Attr, 0, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		key, ok := kv[i].(string)
		if !ok || secretKey.MatchString(key) {
			continue
		}
		value := scrub(text(kv[i+1]))
		switch key { // from LiveKit's keys to those of docs/develop.md
		case "room":
			key = "nest"
		case "participant":
			key, value = "identity", nest.ShortIdentity(value)
		case "error":
			key = "err"
		}
		attrs = append(attrs, slog.String(key, value))
	}
	return attrs
}

// text formats a value as LiveKit's own logger does. Some types omit secret fields only in MarshalLogObject.
func text(value any) string {
	object, ok := value.(zapcore.ObjectMarshaler)
	if !ok {
		return fmt.Sprint(value)
	}
	fields := zapcore.NewMapObjectEncoder()
	if object.MarshalLogObject(fields) != nil {
		return "unprintable"
	}
	for key := range fields.Fields {
		if secretKey.MatchString(key) {
			delete(fields.Fields, key)
		}
	}
	return fmt.Sprint(fields.Fields)
}

var (
	secretKey = regexp.MustCompile(`(?i)token|secret|password|credential|authorization|api.?key`)
	jwtText   = regexp.MustCompile(`\bey[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?`)
	secretOf  = regexp.MustCompile(`(?i)((?:token|secret|password|credential)s?["']?\s*[:=]\s*)[^\s,}&]+`)
	address4  = regexp.MustCompile(`\b(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}\b`)
)

// scrub removes text that looks like a token or a secret, and shortens IPv4 addresses.
func scrub(s string) string {
	s = jwtText.ReplaceAllString(s, "[token]")
	s = secretOf.ReplaceAllString(s, "$1[secret]")
	return address4.ReplaceAllString(s, "$1.x.x")
}
