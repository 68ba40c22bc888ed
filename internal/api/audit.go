package api

import (
	"net/http"

	"nests/internal/nest"
)

// audit lists the whole audit log, for operators.
func (s *Server) audit(x *exchange) error {
	query, err := x.query()
	if err != nil {
		return err
	}
	limit, err := pageSize(query)
	if err != nil {
		return err
	}
	filter := nest.AuditFilter{Nest: query.Get("nest"), Actor: hexKey(query.Get("actor")), Limit: limit}
	entries, next, err := s.Audit.AuditLog(x.r.Context(), filter, query.Get("cursor"))
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, auditBody(entries, next))
}

// nestAudit lists the entries about one nest, for its host and moderators.
func (s *Server) nestAudit(x *exchange) error {
	entries, next, err := s.Audit.NestAuditLog(x.r.Context(), x.id, x.actor, x.r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, auditBody(entries, next))
}
