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

// lines turns LiveKit's log into ours: nothing below a warning, nothing of pion below an error, and redacted, because
// LiveKit logs a token whole when its signature is bad, and refresh tokens and TURN passwords besides.
type lines struct {
	log       *slog.Logger
	attrs     []any // keys and values so far
	component string
}

var _ logger.Logger = lines{}

func newLogger(log *slog.Logger) lines {
	return lines{log: log.With("component", "livekit")}
}

func (l lines) Debugw(string, ...any) {}
func (l lines) Infow(string, ...any)  {}

func (l lines) Warnw(msg string, err error, kv ...any) {
	if !strings.Contains(l.component, "pion") && !ownCheck(err, kv) {
		l.write(slog.LevelWarn, msg, err, kv)
	}
}

// ownCheck is true for LiveKit's complaint about our own question whether it takes our key, which names a room that is not
// there. Nobody else can cause it: the gate makes the room before it passes anyone on.
func ownCheck(err error, kv []any) bool {
	return errors.Is(err, service.ErrRoomNotFound) && slices.Contains(kv, any("/rtc/validate"))
}

func (l lines) Errorw(msg string, err error, kv ...any) { l.write(slog.LevelError, msg, err, kv) }

func (l lines) WithValues(kv ...any) logger.Logger {
	l.attrs = slices.Concat(l.attrs, kv)
	return l
}

func (l lines) WithUnlikelyValues(kv ...any) logger.UnlikelyLogger {
	return logger.NewUnlikelyLogger(l, kv...)
}

func (l lines) WithName(string) logger.Logger { return l }

func (l lines) WithComponent(name string) logger.Logger {
	l.component = strings.TrimPrefix(l.component+"."+name, ".")
	return l
}

func (l lines) WithCallDepth(int) logger.Logger { return l }
func (l lines) WithItemSampler() logger.Logger  { return l }
func (l lines) WithoutSampler() logger.Logger   { return l }
func (l lines) WithDeferredValues() (logger.Logger, logger.DeferredFieldResolver) {
	return l, zaputil.NoOpDeferrer{}
}

func (l lines) write(level slog.Level, msg string, err error, kv []any) {
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

// Keys of LiveKit's fields that are ours by another name.
const (
	roomField        = "room"
	participantField = "participant"
)

func redact(kv []any) []slog.Attr {
	attrs := make([]slog.Attr, 0, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		key, ok := kv[i].(string)
		if !ok || secretKey.MatchString(key) {
			continue
		}
		value := scrub(text(kv[i+1]))
		switch key {
		case roomField:
			key = "nest"
		case participantField:
			key, value = "identity", nest.ShortIdentity(value)
		case "error":
			key = "err"
		}
		attrs = append(attrs, slog.String(key, value))
	}
	return attrs
}

// text renders a value as LiveKit's own logger would: some hide fields only behind MarshalLogObject.
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

// scrub removes what looks like a token or a secret and shortens addresses.
func scrub(s string) string {
	s = jwtText.ReplaceAllString(s, "[token]")
	s = secretOf.ReplaceAllString(s, "$1[secret]")
	return address4.ReplaceAllString(s, "$1.x.x")
}
