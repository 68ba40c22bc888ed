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

// errorCode is one row in the list of codes, on the page and in the OpenAPI document.
type errorCode struct {
	Code    nest.Code `json:"code"`
	Status  int       `json:"status"`
	Meaning string    `json:"description"`
}

// docsPage renders the specification for people: no script, no request to anywhere else.
func docsPage(routes []route, spec *huma.OpenAPI) []byte {
	var page bytes.Buffer
	err := template.Must(template.New("docs").Parse(docsHTML)).Execute(&page, map[string]any{
		"Spec": spec, "Routes": docsRoutes(routes, spec), "Schemas": docsSchemas(spec), "Codes": errorCodes(),
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

// errorCodes are the codes of nest.Codes with their statuses, and one row for all codes that name a field.
func errorCodes() []errorCode {
	codes := []errorCode{{Code: "invalid_<field>", Status: http.StatusBadRequest, Meaning: invalidFieldMeaning}}
	for _, c := range nest.Codes() {
		codes = append(codes, errorCode{Code: c.Code, Status: statusOf(c.Code), Meaning: c.Meaning})
	}
	return codes
}

const invalidFieldMeaning = "The named field of the body, path or query has a wrong value"
