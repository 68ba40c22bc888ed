package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// html and css mark answers that are not JSON.
type (
	html string
	css  string
)

const (
	apiDescription = "Live audio rooms on Nostr. A path may end with a slash, " +
		"and every call may be preflighted from any origin. " +
		"Times are unix milliseconds unless a field says otherwise."
	nip98Description = "Authorization: Nostr <base64 of a kind 27235 event> (NIP-98). " +
		"Each signed event is accepted once"
	sessionDescription = "From POST /api/v1/session, for pages of this server only"
)

// specification describes the routes in OpenAPI 3.1. Its schemas list all fields and allow no others.
func specification(routes []route, config PublicConfig) *huma.OpenAPI {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	api := &huma.OpenAPI{
		OpenAPI:    "3.1.0",
		Info:       &huma.Info{Title: "Nests", Version: config.Version, Description: apiDescription},
		Servers:    []*huma.Server{{URL: config.firstOrigin()}},
		Extensions: map[string]any{"x-error-codes": errorCodes()},
		Components: &huma.Components{
			Schemas: registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"nip98":   {Type: "http", Scheme: "Nostr", Description: nip98Description},
				"session": {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: sessionDescription},
			},
		},
	}
	names := map[string]int{}
	for _, row := range routes {
		op := operation(row, registry)
		if names[row.name]++; names[row.name] > 1 {
			op.OperationID += strconv.Itoa(names[row.name])
		}
		api.AddOperation(op)
	}
	for _, schema := range registry.Map() {
		for _, property := range schema.Properties {
			if property.Type == huma.TypeArray {
				property.Nullable = false
			}
		}
	}
	return api
}

func operation(row route, registry huma.Registry) *huma.Operation {
	op := &huma.Operation{
		Method:      row.method,
		Path:        row.path,
		OperationID: row.name,
		Summary:     row.summary,
		Parameters:  parameters(row),
		Responses:   map[string]*huma.Response{},
	}
	switch row.auth {
	case authKey, authOperator:
		op.Security = []map[string][]string{{"nip98": {}}, {"session": {}}}
	case authSigned:
		op.Security = []map[string][]string{{"nip98": {}}}
	}
	if row.body != nil {
		op.RequestBody = &huma.RequestBody{Content: content(row.body, registry), Required: row.readsBody()}
	}
	for status, answer := range row.answers {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     content(answer, registry),
		}
	}
	op.Responses["default"] = &huma.Response{
		Description: "A refusal with its code and a hint",
		Content:     content(ErrorBody{}, registry),
	}
	return op
}

// content is the media type of a wire type, nil for an empty body.
func content(sample any, registry huma.Registry) map[string]*huma.MediaType {
	text := &huma.Schema{Type: huma.TypeString}
	file := &huma.Schema{} // binary content has no schema (OpenAPI 3.1 §4.8.14)
	switch sample.(type) {
	case nil:
		return nil
	case html:
		return map[string]*huma.MediaType{"text/html": {Schema: text}}
	case css:
		return map[string]*huma.MediaType{"text/css": {Schema: text}}
	case jpegFile:
		return map[string]*huma.MediaType{"image/jpeg": {Schema: file}}
	case picture:
		types := map[string]*huma.MediaType{}
		for _, mediaType := range pictureTypes {
			types[mediaType] = &huma.MediaType{Schema: file}
		}
		return types
	}
	return map[string]*huma.MediaType{"application/json": {Schema: registry.Schema(reflect.TypeOf(sample), true, "")}}
}

// parameters are the variables of the path and the parameters of the query.
func parameters(row route) []*huma.Param {
	var params []*huma.Param
	for _, segment := range segments(row.path) {
		if name := strings.Trim(segment, "{}"); name != segment {
			params = append(params, &huma.Param{Name: name, In: "path", Required: true, Schema: parameterSchema(name)})
		}
	}
	for _, name := range strings.Fields(row.query) {
		params = append(params, &huma.Param{Name: name, In: "query", Schema: parameterSchema(name)})
	}
	return params
}

func parameterSchema(name string) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeString}
	switch name {
	case "id":
		schema.Format, schema.Description = "uuid", "The id of the nest, in lower case"
	case "host":
		schema.Pattern, schema.Description = "^[0-9a-f]{64}$", "Public key in hex"
	case "pubkey":
		schema.Description = "Public key in hex, or the identity of a guest"
	case "identity":
		schema.Description = "The participant's identity: a public key in hex, or guest-<uuid>"
	case "status":
		schema.Enum = []any{"live", "open", "planned", "ended"}
	case "limit":
		minimum, maximum := 1.0, 100.0
		schema.Type, schema.Minimum, schema.Maximum = huma.TypeInteger, &minimum, &maximum
	case "name":
		schema.Pattern, schema.Description = "^[0-9a-f]{64}$", "The name in the url that the upload returned"
	case "key":
		schema.Description = "Public key in hex, or as npub"
	case "subject":
		schema.Description = "Public key in hex or as npub, an address, or a range as CIDR with its slash escaped"
	case "report":
		schema.Pattern, schema.Description = "^[0-9a-f]{64}$", "The id of the report"
	case "nest":
		schema.Format, schema.Description = "uuid", "Only entries about this nest"
	case "actor":
		schema.Description = "Only entries of this key, in hex or as npub"
	case "inhabited":
		schema.Enum, schema.Description = []any{"true"}, "Only nests with participants"
	case "cursor":
		schema.Description = "The field next of the previous page"
	}
	return schema
}

// documents are the answers of /api/v1/openapi.json and /api/docs, rendered once.
type documents struct {
	openAPI []byte
	page    []byte
}

// newDocuments removes additionalProperties from the schemas: clients must accept the fields of later versions.
func newDocuments(routes []route, config PublicConfig) documents {
	spec := specification(routes, config)
	page := docsPage(routes, spec)
	for _, schema := range spec.Components.Schemas.Map() {
		if schema.AdditionalProperties == false {
			schema.AdditionalProperties = nil
		}
	}
	text, err := json.Marshal(spec)
	if err != nil {
		panic(fmt.Sprintf("api: the route table does not encode: %v", err)) // a bug in the table, which any test finds
	}
	return documents{openAPI: text, page: page}
}

func (h *handler) openAPI(x *exchange) error {
	return x.document("application/json; charset=utf-8", h.docs.openAPI)
}

func (h *handler) docsPage(x *exchange) error {
	const policy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	x.w.Header().Set("Content-Security-Policy", policy)
	return x.document("text/html; charset=utf-8", h.docs.page)
}

func (h *handler) docsStyle(x *exchange) error { return x.document("text/css; charset=utf-8", docsCSS) }

// document writes a text that is the same for all clients of this version.
func (x *exchange) document(mediaType string, text []byte) error {
	x.w.Header().Set("Content-Type", mediaType)
	x.w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = x.w.Write(text) // fails only if the client left
	return nil
}
