// Package api is the HTTP face of Nests: the routes under /api/v1 and their like, who is asking (NIP-98 or a session),
// how often they may, and how a refusal reads on the wire.
//
// It decides nothing about nests: a handler decodes, asks nest.Service, encodes. It must not touch the store, LiveKit or
// a relay except through the small interfaces of Server.
package api
