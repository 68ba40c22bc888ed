package nest

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

// reloadEvery is how soon a block made on one node holds on the others.
const reloadEvery = 2 * time.Second

// BlockList holds the blocks in memory, because every request and every event checks them. Changes made on this node
// hold at once, those of other nodes within seconds. A nil list blocks nobody.
//
// Concurrency: any goroutine may call any method. mu guards the maps, which Load replaces; loading serialises Load.
type BlockList struct {
	Store Store
	Now   func() time.Time
	Log   *slog.Logger
	// IsOperator reports whether a key is an operator's; operators are never blocked. May be nil.
	IsOperator func(pubkey string) bool
	// Disconnect lists the parts that hold connections of users. Each is called in turn when blocks are new.
	Disconnect []Disconnecter

	loading sync.Mutex // held by Load, so that an earlier Load never replaces a later one's result
	mu      sync.RWMutex
	keys    map[string]Block
	ranges  map[netip.Prefix]Block
	lengths []int // prefix lengths that occur in ranges, for either family
}

// disconnectTimeout limits how long the connections of blocked users may take to end while LiveKit does not answer.
const disconnectTimeout = 5 * time.Second

// Disconnecter holds connections of users.
type Disconnecter interface {
	// Disconnect ends the connections of users who were just blocked. It returns when ctx ends at the latest, and logs
	// what failed.
	Disconnect(ctx context.Context, blocked Blocked)
}

// Blocked states who was just blocked.
type Blocked struct {
	New     []Block                    // the blocks that were not there before
	Key     func(pubkey string) bool   // true for a key that New blocks, unless it is an operator's
	Address func(addr netip.Addr) bool // true for an address that any block covers
}

// Run reads the blocks again every reloadEvery until ctx ends.
func (l *BlockList) Run(ctx context.Context) error {
	tick := time.NewTicker(reloadEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := l.Load(ctx); err != nil && ctx.Err() == nil {
			// The known blocks stay in force.
			l.Log.WarnContext(ctx, "blocks not read", "component", "store", "err", err)
		}
	}
}

// Load reads the blocks and disconnects users whom new ones block.
func (l *BlockList) Load(ctx context.Context) error {
	if l == nil {
		return nil
	}
	l.loading.Lock()
	defer l.loading.Unlock()
	var all []Block
	if err := l.Store.Read(ctx, func(tx Tx) (err error) { all, err = tx.Blocks(); return }); err != nil {
		return err
	}
	fresh := l.replace(all)
	if len(fresh) > 0 {
		l.disconnect(ctx, fresh)
	}
	return nil
}

// disconnect ends the connections of users who were just blocked. It takes disconnectTimeout at most, because the
// caller that changes the blocks waits for it. The loop removes later a participant whose connection is not known yet.
func (l *BlockList) disconnect(ctx context.Context, fresh []Block) {
	ctx, cancel := context.WithTimeout(ctx, disconnectTimeout)
	defer cancel()
	keys := map[string]bool{}
	for _, b := range fresh {
		_, holds := l.MatchKey(b.Subject)
		isOperator := l.IsOperator != nil && l.IsOperator(b.Subject)
		keys[b.Subject] = holds && !isOperator
	}
	blocked := Blocked{
		New:     fresh,
		Key:     func(pubkey string) bool { return keys[pubkey] },
		Address: func(addr netip.Addr) bool { _, holds := l.MatchAddress(addr); return holds },
	}
	for _, part := range l.Disconnect {
		part.Disconnect(ctx, blocked)
	}
}

// replace stores the blocks and returns those that are new or changed.
func (l *BlockList) replace(all []Block) (fresh []Block) {
	keys, ranges := map[string]Block{}, map[netip.Prefix]Block{}
	var lengths []int
	seen := map[int]bool{}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range all {
		prefix, err := netip.ParsePrefix(b.Subject)
		var before Block
		if err != nil {
			before = l.keys[b.Subject]
			keys[b.Subject] = b
		} else {
			before = l.ranges[prefix]
			ranges[prefix] = b
			if !seen[prefix.Bits()] {
				seen[prefix.Bits()] = true
				lengths = append(lengths, prefix.Bits())
			}
		}
		if before != b {
			fresh = append(fresh, b)
		}
	}
	l.keys, l.ranges, l.lengths = keys, ranges, lengths
	return fresh
}

// MatchKey returns the block of a key that is in force now.
func (l *BlockList) MatchKey(pubkey string) (Block, bool) {
	if l == nil {
		return Block{}, false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	b, there := l.keys[pubkey]
	return b, there && b.Holds(l.Now().UnixMilli())
}

// MatchAddress returns a block of an address that is in force now.
func (l *BlockList) MatchAddress(addr netip.Addr) (Block, bool) {
	if l == nil {
		return Block{}, false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, bits := range l.lengths {
		prefix, err := addr.Prefix(bits)
		if err != nil {
			continue // longer than an address of this family
		}
		if b, there := l.ranges[prefix]; there && b.Holds(l.Now().UnixMilli()) {
			return b, true
		}
	}
	return Block{}, false
}

// CheckBlocked is the refusal for a blocked key, and nil for any other key. Operators are never blocked.
func (s *Service) CheckBlocked(pubkey string) error {
	if b, is := s.Blocks.MatchKey(pubkey); is && !s.IsOperator(pubkey) {
		return b.Refusal()
	}
	return nil
}
