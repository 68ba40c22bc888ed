package relay

import (
	"fmt"

	"nests/internal/nip"
)

// information is the relay information document (NIP-11).
type information struct {
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Pubkey      string     `json:"pubkey,omitempty"`
	Self        string     `json:"self,omitempty"`
	Contact     string     `json:"contact,omitempty"`
	NIPs        []int      `json:"supported_nips"`
	Software    string     `json:"software"`
	Version     string     `json:"version"`
	Policy      string     `json:"posting_policy_text,omitempty"`
	Limitation  limitation `json:"limitation"`
}

type limitation struct {
	MessageLength    int   `json:"max_message_length"`
	Subscriptions    int   `json:"max_subscriptions"`
	Filters          int   `json:"max_filters"`
	Limit            int   `json:"max_limit"`
	DefaultLimit     int   `json:"default_limit"`
	SubscriptionID   int   `json:"max_subid_length"`
	Tags             int   `json:"max_event_tags"`
	Content          int   `json:"max_content_length"`
	CreatedAtAhead   int64 `json:"created_at_upper_limit"`
	AuthRequired     bool  `json:"auth_required"`
	PaymentRequired  bool  `json:"payment_required"`
	RestrictedWrites bool  `json:"restricted_writes"`
}

func (r *Relay) info() information {
	limits := r.config.Limits
	return information{
		Name:        r.config.Name,
		Description: r.config.Description,
		Pubkey:      r.config.Pubkey,
		Self:        r.config.Pubkey,
		Contact:     r.config.Contact,
		NIPs:        []int{1, 9, 11, 40, 42, 45, 53, 70},
		Software:    "nests",
		Version:     r.config.Version,
		Policy: fmt.Sprintf("Events of the nests on this server and of people in them. "+
			"At most %g events a second by one key.", limits.KeyEvents.PerSecond),
		Limitation: limitation{
			MessageLength:    limits.MessageBytes,
			Subscriptions:    limits.Subscriptions,
			Filters:          limits.Filters,
			Limit:            limits.Events,
			DefaultLimit:     limits.Events,
			SubscriptionID:   maxSubscriptionID,
			Tags:             nip.MaxTags,
			Content:          nip.MaxEventBytes,
			CreatedAtAhead:   int64(maxAhead.Seconds()),
			RestrictedWrites: true,
		},
	}
}
