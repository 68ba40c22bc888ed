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

// specification describes the routes in OpenAPI 3.1. Its schemas know every field: answers that say more are not ours.
func specification(routes []route, config PublicConfig) *huma.OpenAPI {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	api := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{Title: "Nests", Version: config.Version,
			Description: "Live audio rooms on Nostr. Paths take a slash at the end; every call may be preflighted from any origin. Times are unix milliseconds unless said otherwise."},
		Extensions: map[string]any{"x-error-codes": errorCodes()},
		Servers:    []*huma.Server{{URL: config.first()}},
		Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
			"nip98": {Type: "http", Scheme: "Nostr", Description: "Authorization: Nostr <base64 of a kind 27235 event> (NIP-98); each is accepted once"},
			"session": {Type: "apiKey", In: "cookie", Name: sessionCookie,
				Description: "From POST /api/v1/session, for this server's own pages"},
		}},
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
	op := &huma.Operation{Method: row.method, Path: row.path, OperationID: row.name, Summary: row.summary,
		Parameters: parameters(row), Responses: map[string]*huma.Response{}}
	switch row.auth {
	case authKey, authOperator:
		op.Security = []map[string][]string{{"nip98": {}}, {"session": {}}}
	case authSigned:
		op.Security = []map[string][]string{{"nip98": {}}}
	}
	if row.body != nil {
		op.RequestBody = &huma.RequestBody{Content: content(row.body, registry), Required: row.late()}
	}
	for status, answer := range row.answers {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: content(answer, registry)}
	}
	op.Responses["default"] = &huma.Response{Description: "A refusal with its code and what to do", Content: content(ErrorBody{}, registry)}
	return op
}

func content(sample any, registry huma.Registry) map[string]*huma.MediaType {
	text, file := &huma.Schema{Type: huma.TypeString}, &huma.Schema{} // bytes that are no text have no schema (OpenAPI 3.1 §4.8.14)
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
		kinds := map[string]*huma.MediaType{}
		for _, kind := range pictureTypes {
			kinds[kind] = &huma.MediaType{Schema: file}
		}
		return kinds
	}
	return map[string]*huma.MediaType{"application/json": {Schema: registry.Schema(reflect.TypeOf(sample), true, "")}}
}

// parameters follow from the path and from the names of the query.
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
		schema.Format, schema.Description = "uuid", "The nest's id, lower case"
	case "pubkey", "host":
		schema.Pattern, schema.Description = "^[0-9a-f]{64}$", "Public key in hex"
		if name == "pubkey" {
			schema.Pattern, schema.Description = "", "Public key in hex, or the identity of a removed guest"
		}
	case "identity":
		schema.Description = "The participant's identity: a public key in hex, or guest-<uuid>"
	case "status":
		schema.Enum = []any{"live", "open", "planned", "ended"}
	case "limit":
		least, most := 1.0, 100.0
		schema.Type, schema.Minimum, schema.Maximum = huma.TypeInteger, &least, &most
	case "name":
		schema.Pattern, schema.Description = "^[0-9a-f]{64}$", "As in the url of the upload's answer"
	case "key":
		schema.Description = "Public key in hex, or as npub"
	case "subject":
		schema.Description = "Public key in hex or as npub, an address, or a range as CIDR with its slash escaped"
	case "report":
		schema.Pattern, schema.Description = "^[0-9a-f]{64}$", "The id of the report"
	case "nest":
		schema.Format, schema.Description = "uuid", "Only what concerns this nest"
	case "actor":
		schema.Description = "Only what this key did, in hex or as npub"
	case "inhabited":
		schema.Enum, schema.Description = []any{"true"}, "Only nests with somebody inside"
	case "cursor":
		schema.Description = "next of the last page"
	}
	return schema
}

// documents are what /api/v1/openapi.json and /api/docs answer, made once.
type documents struct {
	openAPI []byte
	page    []byte
}

// newDocuments loosens the schemas for publication: a client must let pass the fields of a later version.
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
		panic(fmt.Sprintf("api: the route table does not encode: %v", err)) // a fault of the table, found by any test
	}
	return documents{openAPI: text, page: page}
}

func (h *handler) openAPI(x *exchange) error {
	return x.document("application/json; charset=utf-8", h.docs.openAPI)
}

func (h *handler) docsPage(x *exchange) error {
	x.w.Header().Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	return x.document("text/html; charset=utf-8", h.docs.page)
}

func (h *handler) docsStyle(x *exchange) error { return x.document("text/css; charset=utf-8", docsCSS) }

// document answers with what changes with the binary only.
func (x *exchange) document(kind string, text []byte) error {
	x.w.Header().Set("Content-Type", kind)
	x.w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = x.w.Write(text) // a client that is gone by now is nobody's error
	return nil
}
