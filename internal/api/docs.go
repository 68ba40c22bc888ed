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

// docsRoute is one route on the page.
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

// errorCode is one code on the page and in the OpenAPI document.
type errorCode struct {
	Code    nest.Code `json:"code"`
	Status  int       `json:"status"`
	Meaning string    `json:"description"`
}

// docsPage renders the specification as a page without scripts and external resources.
func docsPage(routes []route, spec *huma.OpenAPI) []byte {
	var page bytes.Buffer
	err := template.Must(template.New("docs").Parse(docsHTML)).Execute(&page, map[string]any{
		"Spec":    spec,
		"Routes":  docsRoutes(routes, spec),
		"Schemas": docsSchemas(spec),
		"Codes":   errorCodes(),
	})
	if err != nil {
		panic(fmt.Sprintf("api: the docs page does not render: %v", err)) // a bug in the template, which any test finds
	}
	return page.Bytes()
}

func docsRoutes(routes []route, spec *huma.OpenAPI) []docsRoute {
	rows := make([]docsRoute, 0, len(routes))
	for _, row := range routes {
		op := operationOf(spec, row.method, row.path)
		docs := docsRoute{Op: op}
		if op.RequestBody != nil {
			docs.Body = schemaName(op.RequestBody.Content)
		}
		for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
			response := op.Responses[status]
			docs.Answers = append(docs.Answers, docsAnswer{
				Status: status,
				Text:   response.Description,
				Schema: schemaName(response.Content),
			})
		}
		rows = append(rows, docs)
	}
	return rows
}

// operationOf is the operation of a route, nil if the specification has none.
func operationOf(spec *huma.OpenAPI, method, path string) *huma.Operation {
	item := spec.Paths[path]
	if item == nil {
		return nil
	}
	return map[string]*huma.Operation{
		http.MethodGet:    item.Get,
		http.MethodPut:    item.Put,
		http.MethodPost:   item.Post,
		http.MethodPatch:  item.Patch,
		http.MethodDelete: item.Delete,
	}[method]
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
		docs := docsSchema{Name: name}
		for _, field := range slices.Sorted(maps.Keys(all[name].Properties)) {
			property := all[name].Properties[field]
			docs.Fields = append(docs.Fields, docsField{
				Name:     field,
				Type:     typeName(property),
				Doc:      property.Description,
				Required: slices.Contains(all[name].Required, field),
			})
		}
		schemas = append(schemas, docs)
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
		values := make([]string, len(schema.Enum))
		for i, value := range schema.Enum {
			values[i] = strconv.Quote(fmt.Sprint(value))
		}
		return strings.Join(values, " | ")
	}
	return schema.Type
}

// errorCodes are the codes of nest.Codes with their statuses, and one entry for all codes that name a field.
func errorCodes() []errorCode {
	codes := []errorCode{{
		Code:    "invalid_<field>",
		Status:  http.StatusBadRequest,
		Meaning: "The named field of the body, path or query has a wrong value",
	}}
	for _, c := range nest.Codes() {
		codes = append(codes, errorCode{Code: c.Code, Status: statusOf(c.Code), Meaning: c.Meaning})
	}
	return codes
}
