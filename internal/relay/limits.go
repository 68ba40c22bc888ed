package relay

import (
	"time"

	"nests/internal/ratelimit"
)

// Limits bound what a client can use. The information document (NIP-11) states them.
type Limits struct {
	MessageBytes  int // one WebSocket message
	Subscriptions int // a connection
	Filters       int // a subscription
	FilterValues  int // ids, authors, kinds and tag values of one filter together
	Values        int // of all filters of a connection; a long value counts several times
	Events        int // answered to one filter
	Connections   int // in all
	PerAddress    int // connections from one address
	Backlog       int // live events that a slow client may be behind before it is disconnected
	BacklogBytes  int // bytes that it may be behind

	KeyEvents       ratelimit.Rate // events written, by author
	AddressEvents   ratelimit.Rate // events written, by address
	Reports         ratelimit.Rate // reports to operators, by address
	Requests        ratelimit.Rate // REQ, COUNT and AUTH, by connection
	AddressRequests ratelimit.Rate // and by address

	Write time.Duration // for one message to leave
	Query time.Duration // for one call of the store
	Ping  time.Duration
}

// DefaultLimits suit a server of some thousand listeners, who chat, raise hands and react in bursts.
func DefaultLimits() Limits {
	return Limits{
		MessageBytes: 128 << 10, Subscriptions: 50, Filters: 20, FilterValues: 1000, Values: 5000, Events: 500,
		Connections: 10000, PerAddress: 200, Backlog: 512, BacklogBytes: 1 << 20,
		KeyEvents:       ratelimit.Rate{PerSecond: 5, Burst: 60},
		AddressEvents:   ratelimit.Rate{PerSecond: 50, Burst: 500},
		Reports:         ratelimit.Rate{PerSecond: 0.1, Burst: 20},
		Requests:        ratelimit.Rate{PerSecond: 20, Burst: 200},
		AddressRequests: ratelimit.Rate{PerSecond: 100, Burst: 1000},
		Write:           10 * time.Second, Query: 10 * time.Second, Ping: 30 * time.Second,
	}
}

// limiterMaxKeys bounds each limiter by key or address.
const limiterMaxKeys = 20_000

func newLimiter(rate ratelimit.Rate, now func() time.Time) *ratelimit.Limiter[string] {
	return &ratelimit.Limiter[string]{Rate: rate, MaxKeys: limiterMaxKeys, Eviction: ratelimit.EvictWhenFull, Now: now}
}
