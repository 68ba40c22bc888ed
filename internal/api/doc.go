// Package api is the HTTP interface of Nests: the routes under /api/v1 and related paths, authentication (NIP-98 or an
// API session), rate limits, and the format of refusals.
//
// It holds no rules about nests: a handler decodes the request, calls a use case of internal/nest, and encodes the
// result. It must not access the store, LiveKit or a relay except through the interfaces in services.go.
package api
