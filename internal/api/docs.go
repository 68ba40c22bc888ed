package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"nests/internal/nest"
	"nests/internal/nip"
)

//go:embed docs.html
var docsHTML string

//go:embed docs.css
var docsCSS []byte

// docsRoute is one route as the page shows it.
type docsRoute struct {
	Op      *huma.Operation
	Body    string // name of its schema
	Answers []docsAnswer
}

type docsAnswer struct {
	Status string
	Text   string
	Schema string
}

type docsSchema struct {
	Name   string
	Fields []docsField
}

type docsField struct {
	Name, Type, Doc string
	Required        bool
}

type docsCode struct {
	Code   nest.Code
	Status int
	Text   string
}

// docsPage renders the specification for people: no script, no request to anywhere else.
func docsPage(routes []route, spec *huma.OpenAPI) []byte {
	var page bytes.Buffer
	err := template.Must(template.New("docs").Parse(docsHTML)).Execute(&page, map[string]any{
		"Spec": spec, "Routes": docsRoutes(routes, spec), "Schemas": docsSchemas(spec), "Codes": docsCodes(),
	})
	if err != nil {
		panic(fmt.Sprintf("api: the docs page does not render: %v", err)) // a fault of the template, found by any test
	}
	return page.Bytes()
}

func docsRoutes(routes []route, spec *huma.OpenAPI) []docsRoute {
	rows := make([]docsRoute, 0, len(routes))
	for _, row := range routes {
		op := specified(spec, row.method, row.path)
		shown := docsRoute{Op: op}
		if op.RequestBody != nil {
			shown.Body = schemaName(op.RequestBody.Content)
		}
		for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
			answer := op.Responses[status]
			shown.Answers = append(shown.Answers, docsAnswer{status, answer.Description, schemaName(answer.Content)})
		}
		rows = append(rows, shown)
	}
	return rows
}

// specified is the operation of a route, nil when there is none.
func specified(spec *huma.OpenAPI, method, path string) *huma.Operation {
	item := spec.Paths[path]
	if item == nil {
		return nil
	}
	return map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPut: item.Put, http.MethodPost: item.Post,
		http.MethodPatch: item.Patch, http.MethodDelete: item.Delete}[method]
}

func schemaName(content map[string]*huma.MediaType) string {
	for _, media := range content {
		return strings.TrimPrefix(media.Schema.Ref, "#/components/schemas/")
	}
	return ""
}

func docsSchemas(spec *huma.OpenAPI) []docsSchema {
	var schemas []docsSchema
	all := spec.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		shown := docsSchema{Name: name}
		for _, field := range slices.Sorted(maps.Keys(all[name].Properties)) {
			property := all[name].Properties[field]
			shown.Fields = append(shown.Fields, docsField{Name: field, Type: typeName(property), Doc: property.Description,
				Required: slices.Contains(all[name].Required, field)})
		}
		schemas = append(schemas, shown)
	}
	return schemas
}

func typeName(schema *huma.Schema) string {
	switch {
	case schema == nil:
		return "any"
	case schema.Ref != "":
		return strings.TrimPrefix(schema.Ref, "#/components/schemas/")
	case schema.Type == huma.TypeArray:
		return "list of " + typeName(schema.Items)
	case len(schema.Enum) > 0:
		words := make([]string, len(schema.Enum))
		for i, word := range schema.Enum {
			words[i] = strconv.Quote(fmt.Sprint(word))
		}
		return strings.Join(words, " | ")
	}
	return schema.Type
}

// docsCodes are the stable words of refusals, with what they mean.
func docsCodes() []docsCode {
	codes := []docsCode{
		{Code: nest.CodeNotFound, Text: "No such nest here"},
		{Code: nest.CodeEnded, Text: "The nest is over; title, host and end are in the body"},
		{Code: codeNoRoute, Text: "No such path"},
		{Code: codeMethod, Text: "The path has other methods, named in Allow"},
		{Code: nest.CodeNotStarted, Text: "The nest is planned; starts_at is in the body"},
		{Code: nest.CodePrivate, Text: "Only for those with a place or an invite"},
		{Code: nest.CodeInviteInvalid, Text: "The invite is unknown here or was revoked"},
		{Code: nest.CodeInviteExpired, Text: "The invite's time is over"},
		{Code: nest.CodeInviteUsed, Text: "The invite has let in as many as it may"},
		{Code: nest.CodeBanned, Text: "Kept out by the host or a moderator"},
		{Code: nest.CodeBlocked, Text: "The operator of this server keeps the key, or the address, out"},
		{Code: nest.CodeOperatorOnly, Text: "Only for the operators of this server"},
		{Code: nest.CodeGuests, Text: "Only for people with a key"},
		{Code: nest.CodeForbidden, Text: "The caller's role does not allow it"},
		{Code: nest.CodeCreateRefused, Text: "This server does not let the key create nests"},
		{Code: nest.CodeQuota, Text: "The key has as many open nests as it may"},
		{Code: nest.CodePictureNotFound, Text: "No such picture here, or none any more"},
		{Code: nest.CodePictureQuota, Text: "The key, or all keys of a day, have as many pictures as they may"},
		{Code: nest.CodeInvalidPicture, Text: "Not a picture that is read, damaged, or of too many pixels"},
		{Code: nest.CodeIDTaken, Text: "The id belongs to another host's nest"},
		{Code: nest.CodeFull, Text: "No more room; hls says where to listen, when there is one"},
		{Code: nest.CodeMediaUnavailable, Text: "LiveKit does not answer; the nest is kept"},
		{Code: nest.CodeStoreUnavailable, Text: "The database does not answer"},
		{Code: codeHLSUnavailable, Text: "No HLS from this server"},
		{Code: codeNotReady, Text: "A part is not ready"},
		{Code: nest.CodeInvalidEvent, Text: "The event in the body is not valid, or not for this nest"},
		{Code: codeInvalidBody, Text: "The body is not one JSON object"},
		{Code: "invalid_*", Text: "A field of the body, path or query is wrong; the code names it"},
		{Code: codeTooLarge, Text: "The body is larger than 64 kB, or a picture than 5 MB"},
		{Code: codeTooMany, Text: "Too many requests of this key or address"},
		{Code: nip.CodeAuthMissing, Text: "The call needs a signed request"},
		{Code: nip.CodeAuthScheme, Text: "Authorization is not of the scheme Nostr"},
		{Code: nip.CodeAuthBase64, Text: "Not base64"},
		{Code: nip.CodeAuthJSON, Text: "Not the JSON of an event"},
		{Code: nip.CodeAuthKind, Text: "Not kind 27235"},
		{Code: nip.CodeAuthTime, Text: "created_at is over 60 s off; server_time is in the body"},
		{Code: nip.CodeAuthURL, Text: "u is not this request's URL"},
		{Code: nip.CodeAuthURLCount, Text: "Not exactly one u tag"},
		{Code: nip.CodeAuthMethod, Text: "method is not this request's method"},
		{Code: nip.CodeAuthMethodCount, Text: "Not exactly one method tag"},
		{Code: nip.CodeAuthPayload, Text: "payload is not the SHA-256 of the body"},
		{Code: nip.CodeAuthID, Text: "id is not the hash of the event"},
		{Code: nip.CodeAuthSignature, Text: "The signature does not verify"},
		{Code: nip.CodeAuthReplayed, Text: "The signed request was used before"},
		{Code: codeAuthSession, Text: "The session has ended"},
		{Code: codeAuthOrigin, Text: "A session serves this server's own pages only"},
		{Code: codeInternal, Text: "A fault of the server; the log has it under request_id"},
	}
	for i := range codes {
		codes[i].Status = statusOf(codes[i].Code)
	}
	return codes
}
