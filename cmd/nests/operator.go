package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/urfave/cli/v3"

	"nests/internal/api"
	"nests/internal/config"
)

// operatorCommand does from a shell on the server's machine what the operator's page of the web app does.
func operatorCommand(p process) *cli.Command {
	own := func(flags ...cli.Flag) []cli.Flag {
		flags = append(flags, &cli.BoolFlag{
			Name:        "json",
			Usage:       "print the server's answer as JSON",
			HideDefault: true,
			Local:       true,
		})
		return append(flags, configFlags()...)
	}
	text := func(name, usage string) cli.Flag { return &cli.StringFlag{Name: name, Usage: usage, Local: true} }
	all := &cli.BoolFlag{Name: "all", Usage: "also empty and planned nests", HideDefault: true, Local: true}
	type action func(operator, context.Context, *cli.Command) error
	sub := func(name, args, usage string, maxArgs int, run action, flags ...cli.Flag) *cli.Command {
		return &cli.Command{
			Name:         name,
			ArgsUsage:    args,
			Usage:        usage,
			Flags:        own(flags...),
			OnUsageError: usageErrorHandler(p),
			Action: func(ctx context.Context, c *cli.Command) error {
				if c.Args().Len() > maxArgs {
					return &usageError{fmt.Sprintf("nests operator %s does not take %q", name, c.Args().Get(maxArgs))}
				}
				cfg, _, err := config.Load(config.Input{Env: p.env, Flags: settingFlags(c)})
				if err != nil {
					return err
				}
				return run(operator{p: p, cfg: cfg, json: c.Bool("json")}, ctx, c)
			},
		}
	}
	return &cli.Command{
		Name:  "operator",
		Usage: "manage the server on this machine: nests, blocks, quotas, reports, the audit log",
		Description: "The commands call the running server, signed with its own key. Run them as the server's " +
			"user and with its flags.",
		ArgsUsage:       "COMMAND",
		HideHelpCommand: true,
		Action: func(ctx context.Context, c *cli.Command) error {
			if !c.Args().Present() {
				return cli.ShowSubcommandHelp(c)
			}
			return help(ctx, c)
		},
		Commands: []*cli.Command{
			sub("status", "", "counts, open divergences, and publications that are pending", 0, operator.status),
			sub("nests", "", "nests with participants", 0, operator.nests, all),
			sub("end", "NEST", "end a nest", 1, operator.end),
			sub(
				"block", "KEY|ADDRESS|RANGE", "block a key or addresses, at once", 1, operator.block,
				text("reason", "note for operators"),
				text("for", "how long, such as 24h; without it until unblocked"),
			),
			sub("unblock", "KEY|ADDRESS|RANGE", "lift a block, at once", 1, operator.unblock),
			sub("blocks", "", "blocked keys and addresses", 0, operator.blocks),
			sub(
				"quota", "[KEY [NUMBER|default]]", "how many nests keys may have at once; 0 means no limit", 2,
				operator.quota,
			),
			sub(
				"creators", "[add|remove KEY]", "the keys that may create nests, for NESTS_CREATE=list", 2,
				operator.creators,
			),
			sub("reports", "[dismiss ID]", "reports by users", 2, operator.reports),
			sub(
				"audit", "", "moderation and operator actions, newest first", 0, operator.audit,
				text("nest", "only of this nest"), text("actor", "only by this key"),
				text("limit", "how many lines, at most 100"),
			),
		},
	}
}

func (o operator) status(ctx context.Context, _ *cli.Command) error {
	var body api.OverviewBody
	if err := o.call(ctx, http.MethodGet, "/overview", nil, &body); err != nil || o.json {
		return err
	}
	inside := "unknown"
	if body.Inside != nil {
		inside = fmt.Sprintf("%d, %d of them on stage", *body.Inside, *body.OnStage)
	}
	answers := "answers"
	if !body.MediaAnswers {
		answers = "does not answer"
	}
	fmt.Fprintf(o.p.out, "nests     %d live, %d planned, %d ended\n",
		body.Nests.Live, body.Nests.Planned, body.Nests.Ended)
	fmt.Fprintf(o.p.out, "inside    %s\nLiveKit   %s\ndrift     %d open\n", inside, answers, len(body.Drifts))
	fmt.Fprintf(o.p.out, "outbox    %d pending, %d overdue, %d refused, %d given up\n",
		body.Outbox.Pending, body.Outbox.Overdue, body.Outbox.Refused, body.Outbox.GaveUp)
	for _, d := range body.Drifts {
		fmt.Fprintf(o.p.out, "  %s  %s  nest %s\n", formatTime(d.First), d.Code, cleanText(d.Nest))
	}
	for _, r := range body.Outbox.Relays {
		fmt.Fprintf(o.p.out, "  %s  %d %s  %s\n", r.Relay, r.Count, r.State, cleanText(r.Words))
	}
	return nil
}

func (o operator) nests(ctx context.Context, c *cli.Command) error {
	query := url.Values{"limit": {"100"}}
	if !c.Bool("all") {
		query.Set("inhabited", "true")
	}
	var all api.OperatorNestsBody
	for {
		var page api.OperatorNestsBody
		if err := o.fetch(ctx, "/nests?"+query.Encode(), &page); err != nil {
			return err
		}
		all.Nests = append(all.Nests, page.Nests...)
		if page.Next == "" {
			break
		}
		query.Set("cursor", page.Next)
	}
	if o.json {
		return o.print(all)
	}
	rows := [][]string{{"NEST", "STATUS", "ACCESS", "INSIDE", "HOST", "TITLE"}}
	for _, n := range all.Nests {
		inside := "?"
		if n.ParticipantCount != nil {
			inside = strconv.Itoa(*n.ParticipantCount)
		}
		rows = append(rows, []string{n.RoomID, n.Status, n.Access, inside, n.Host, cleanText(n.Title)})
	}
	return o.table(rows, "no nest")
}

func (o operator) end(ctx context.Context, c *cli.Command) error {
	id, err := argument(c, 0, "the id of a nest")
	if err != nil {
		return err
	}
	return o.run(ctx, http.MethodDelete, "/nests/"+url.PathEscape(id), nil, "ended "+id)
}

func (o operator) block(ctx context.Context, c *cli.Command) error {
	subject, err := argument(c, 0, "a key, an address or a range")
	if err != nil {
		return err
	}
	body := api.NewBlockBody{Subject: subject, Reason: c.String("reason")}
	if text := c.String("for"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return &usageError{"--for must be a time with its unit, such as 30m or 24h"}
		}
		body.Until = time.Now().Add(d).UnixMilli()
	}
	var made api.BlockBody
	if err := o.call(ctx, http.MethodPost, "/blocks", body, &made); err != nil || o.json {
		return err
	}
	_, err = fmt.Fprintf(o.p.out, "blocked %s%s\n", made.Subject, until(made.Until))
	return err
}

func (o operator) unblock(ctx context.Context, c *cli.Command) error {
	subject, err := argument(c, 0, "a key, an address or a range")
	if err != nil {
		return err
	}
	return o.run(ctx, http.MethodDelete, "/blocks/"+url.PathEscape(subject), nil, "unblocked "+subject)
}

func (o operator) blocks(ctx context.Context, _ *cli.Command) error {
	var body api.BlocksBody
	if err := o.call(ctx, http.MethodGet, "/blocks", nil, &body); err != nil || o.json {
		return err
	}
	rows := [][]string{{"BLOCKED", "SINCE", "UNTIL", "REASON"}}
	for _, b := range body.Blocks {
		end := "lifted"
		if b.Until != 0 {
			end = formatTime(b.Until)
		}
		rows = append(rows, []string{b.Subject, formatTime(b.At), end, cleanText(b.Reason)})
	}
	return o.table(rows, "nothing is blocked")
}

func (o operator) quota(ctx context.Context, c *cli.Command) error {
	key, number := c.Args().Get(0), c.Args().Get(1)
	path := "/quotas/" + url.PathEscape(key)
	nests, err := strconv.Atoi(number)
	switch {
	case number == "default":
		return o.run(ctx, http.MethodDelete, path, nil, "the default quota applies to "+key)
	case number != "" && (err != nil || nests < 0):
		return &usageError{"a quota is a number of nests, 0 for no limit, or the word default"}
	case number != "":
		done := fmt.Sprintf("%s for %s", quotaText(nests), key)
		return o.run(ctx, http.MethodPut, path, api.NewQuotaBody{Nests: &nests}, done)
	case key != "":
		return &usageError{"nests operator quota needs a number too, or default"}
	}
	var body api.QuotasBody
	if err := o.call(ctx, http.MethodGet, "/quotas", nil, &body); err != nil || o.json {
		return err
	}
	rows := [][]string{{"KEY", "NESTS AT ONCE"}, {"any other", quotaText(body.Nests)}}
	for _, q := range body.Quotas {
		rows = append(rows, []string{q.Pubkey, quotaText(q.Nests)})
	}
	return o.table(rows, "")
}

func (o operator) creators(ctx context.Context, c *cli.Command) error {
	action, key := c.Args().Get(0), c.Args().Get(1)
	path := "/creators/" + url.PathEscape(key)
	switch {
	case action == "add" && key != "":
		return o.run(ctx, http.MethodPut, path, nil, key+" is on the list")
	case action == "remove" && key != "":
		return o.run(ctx, http.MethodDelete, path, nil, key+" is off the list")
	case action != "":
		return &usageError{"nests operator creators takes add KEY, remove KEY, or nothing"}
	}
	var body api.CreatorsBody
	if err := o.call(ctx, http.MethodGet, "/creators", nil, &body); err != nil || o.json {
		return err
	}
	rows := [][]string{{"KEY", "SINCE"}}
	for _, creator := range body.Creators {
		rows = append(rows, []string{creator.Pubkey, formatTime(creator.At)})
	}
	if body.Create != config.CreateList {
		fmt.Fprintf(o.p.err, "this list has no effect: NESTS_CREATE is %s\n", body.Create)
	}
	return o.table(rows, "the list is empty")
}

func (o operator) reports(ctx context.Context, c *cli.Command) error {
	action, id := c.Args().Get(0), c.Args().Get(1)
	switch {
	case action == "dismiss" && id != "":
		return o.run(ctx, http.MethodDelete, "/reports/"+url.PathEscape(id), nil, "dismissed "+id)
	case action != "":
		return &usageError{"nests operator reports takes dismiss ID, or nothing"}
	}
	var body api.ReportsBody
	if err := o.call(ctx, http.MethodGet, "/reports", nil, &body); err != nil || o.json {
		return err
	}
	// Each text stands behind its author.
	rows := [][]string{{"REPORT", "AT", "WHY", "ABOUT", "NEST", "BY", "SAYS", "AUTHOR", "WROTE"}}
	for _, r := range body.Reports {
		rows = append(rows, []string{
			r.ID, formatTime(r.At), cleanText(r.Why), r.Pubkey, r.Nest, r.By, cleanText(r.Words),
			r.Author, cleanText(r.Text),
		})
	}
	return o.table(rows, "no reports")
}

func (o operator) audit(ctx context.Context, c *cli.Command) error {
	query := url.Values{}
	for _, name := range []string{"nest", "actor", "limit"} {
		if value := c.String(name); value != "" {
			query.Set(name, value)
		}
	}
	var body api.AuditBody
	if err := o.call(ctx, http.MethodGet, "/audit?"+query.Encode(), nil, &body); err != nil || o.json {
		return err
	}
	rows := [][]string{{"AT", "ACT", "ACTOR", "TARGET", "NEST", "OUTCOME"}}
	for _, a := range body.Acts {
		rows = append(rows, []string{formatTime(a.At), string(a.Act), a.Actor, cleanText(a.Target), a.Nest, a.Outcome})
	}
	return o.table(rows, "no actions yet")
}
