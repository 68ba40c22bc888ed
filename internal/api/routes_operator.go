package api

// operatorRoutes are for the keys of NESTS_OPERATORS and for the server's own key.
func (h *handler) operatorRoutes() []route {
	const operator = "/api/v1/operator"
	return []route{
		{
			method: "GET", path: operator + "/overview", name: "overview", handle: h.overview,
			auth: authOperator, limit: limitWrite, answers: ok(OverviewBody{}),
			summary: "For operators: counts, open divergences and the outbox",
		},
		{
			method: "GET", path: operator + "/nests", name: "allNests", handle: h.allNests,
			auth: authOperator, limit: limitWrite, query: "status host inhabited limit cursor",
			answers: ok(OperatorNestsBody{}),
			summary: "For operators: list all nests with their participants",
		},
		{
			method: "DELETE", path: operator + "/nests/{id}", name: "operatorEnd", handle: h.operatorEnd,
			auth: authOperator, limit: limitWrite, answers: noContent(),
			summary: "For operators: end any nest",
		},
		{
			method: "GET", path: operator + "/blocks", name: "blocks", handle: h.blocks,
			auth: authOperator, limit: limitWrite, answers: ok(BlocksBody{}),
			summary: "For operators: list the blocks",
		},
		{
			method: "POST", path: operator + "/blocks", name: "block", handle: h.block,
			auth: authOperator, limit: limitWrite, body: NewBlockBody{}, answers: created(BlockBody{}),
			summary: "For operators: block a key or addresses at once",
		},
		{
			method: "DELETE", path: operator + "/blocks/{subject}", name: "unblock", handle: h.unblock,
			auth: authOperator, limit: limitWrite, answers: noContent(),
			summary: "For operators: lift a block at once",
		},
		{
			method: "GET", path: operator + "/quotas", name: "quotas", handle: h.quotas,
			auth: authOperator, limit: limitWrite, answers: ok(QuotasBody{}),
			summary: "For operators: list how many nests keys may have at once",
		},
		{
			method: "PUT", path: operator + "/quotas/{key}", name: "setQuota", handle: h.setQuota,
			auth: authOperator, limit: limitWrite, body: NewQuotaBody{}, answers: noContent(),
			summary: "For operators: give a key its own quota",
		},
		{
			method: "DELETE", path: operator + "/quotas/{key}", name: "clearQuota", handle: h.clearQuota,
			auth: authOperator, limit: limitWrite, answers: noContent(),
			summary: "For operators: return a key to the default quota",
		},
		{
			method: "GET", path: operator + "/creators", name: "creators", handle: h.creators,
			auth: authOperator, limit: limitWrite, answers: ok(CreatorsBody{}),
			summary: "For operators: list the keys that may create nests",
		},
		{
			method: "PUT", path: operator + "/creators/{key}", name: "addCreator", handle: h.addCreator,
			auth: authOperator, limit: limitWrite, answers: noContent(),
			summary: "For operators: add a key to that list",
		},
		{
			method: "DELETE", path: operator + "/creators/{key}", name: "removeCreator", handle: h.removeCreator,
			auth: authOperator, limit: limitWrite, answers: noContent(),
			summary: "For operators: remove a key from that list",
		},
		{
			method: "GET", path: operator + "/reports", name: "reports", handle: h.reports,
			auth: authOperator, limit: limitWrite, query: "cursor", answers: ok(ReportsBody{}),
			summary: "For operators: list the reports (NIP-56)",
		},
		{
			method: "DELETE", path: operator + "/reports/{report}", name: "dismissReport", handle: h.dismissReport,
			auth: authOperator, limit: limitWrite, answers: noContent(),
			summary: "For operators: dismiss a report",
		},
		{
			method: "GET", path: operator + "/audit", name: "audit", handle: h.audit,
			auth: authOperator, limit: limitWrite, query: "nest actor limit cursor", answers: ok(AuditBody{}),
			summary: "For operators: the audit log",
		},
	}
}
